"""Writes the .npz fixtures with NumPy: python3 make_npz_fixtures.py (NumPy 2.4.6)."""
import pathlib

import numpy as np

here = pathlib.Path(__file__).parent
size = 6
index = np.arange(size, dtype=np.float64)
mu = index / 3
sigma = np.outer(index, index) / 7 + np.diag(index + 1)
images = (np.arange(3 * 4 * 5 * 3) * 7 % 256).astype(np.uint8).reshape(3, 4, 5, 3)
labels = np.array([2, 0, 1], dtype=np.int64)

np.savez(here / "statistics.npz", mu=mu, sigma=sigma)
np.savez_compressed(here / "statistics-deflated.npz", mu=mu, sigma=sigma)
np.savez(here / "batch.npz", images, labels)
np.savez_compressed(here / "reference.npz", images, mu=mu, sigma=sigma, mu_s=mu[:2] + 1, sigma_s=sigma[:2, :2] + 1)
# Not symmetric, so that a reader that mistakes the order is found out.
np.savez(here / "fortran.npz", mu=mu[:2].astype(np.float32), sigma=np.asfortranarray(np.array([[1.0, 2.0], [3.0, 4.0]])))
np.savez(here / "big-endian.npz", mu=mu.astype(">f8"), sigma=sigma)
np.savez(here / "grey.npz", images[..., 0])
np.savez(here / "mu-only.npz", mu=mu)
np.savez(here / "other-names.npz", mean=mu, cov=sigma)
