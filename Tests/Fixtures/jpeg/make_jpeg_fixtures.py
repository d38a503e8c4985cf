#!/usr/bin/env python3
"""Writes JPEG and crop fixtures: pictures, and what Pillow makes of them. Needs Pillow 13.0.0 (libjpeg-turbo 3.2.0)."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

HERE = Path(__file__).parent
CROPS = HERE.parent / "crops"


def picture(width, height):
    """Slopes, a checkered third, a disc and a line: smooth parts and hard edges."""
    image = Image.new("RGB", (width, height))
    for y in range(height):
        for x in range(width):
            blue = (37 * x + 59 * y) % 256 if (x // 5 + y // 4) % 3 == 0 else 128
            image.putpixel((x, y), (x * 255 // (width - 1), y * 255 // (height - 1), blue))
    draw = ImageDraw.Draw(image)
    draw.ellipse((width // 4, height // 4, width // 2, height * 3 // 4), fill=(250, 30, 60))
    draw.line((0, height - 1, width - 1, 0), fill=(0, 0, 255), width=2)
    return image


def adm(image, size):
    """ADM's centre crop: halve with the box filter while twice as large, bicubic to size, cut out the centre."""
    while min(image.size) >= 2 * size:
        image = image.resize((image.width // 2, image.height // 2), resample=Image.BOX)
    scale = size / min(image.size)
    image = image.resize(tuple(round(side * scale) for side in image.size), resample=Image.BICUBIC)
    x, y = (image.width - size) // 2, (image.height - size) // 2
    return image.crop((x, y, x + size, y + size))


def five(image, size):
    """torchvision's five crops: four corners, then the centre with offsets rounded half to even."""
    right, bottom = image.width - size, image.height - size
    centre = (int(round(right / 2)), int(round(bottom / 2)))
    return [
        image.crop((x, y, x + size, y + size)) for x, y in [(0, 0), (right, 0), (0, bottom), (right, bottom), centre]
    ]


def jpegs():
    image = picture(37, 26)
    kinds = {
        "420": dict(quality=80),
        "422": dict(quality=80, subsampling=1),
        "444": dict(quality=92, subsampling=0),
        "progressive": dict(quality=75, progressive=True, optimize=True),
        "grey": dict(quality=85),
        "cmyk": dict(quality=90),
    }
    for name, options in kinds.items():
        converted = {"grey": image.convert("L"), "cmyk": image.convert("CMYK")}.get(name, image)
        converted.save(HERE / f"{name}.jpg", **options)
        read = Image.open(HERE / f"{name}.jpg")
        (read if read.mode == "L" else read.convert("RGB")).save(HERE / f"{name}.png")


def crops():
    for width, height, size in [(70, 45, 16), (45, 70, 11), (33, 32, 16), (20, 29, 24), (53, 31, 15)]:
        image = picture(width, height)
        image.save(CROPS / f"{width}x{height}.png")
        adm(image, size).save(CROPS / f"{width}x{height}-adm-{size}.png")
    # Ten crops side by side; 33 - 30 = 3 makes an offset of 1.5.
    for width, height, size in [(53, 31, 20), (40, 37, 30)]:
        image = picture(width, height)
        image.save(CROPS / f"{width}x{height}.png")
        wide = adm(image, int(size * 1.1))
        sheet = Image.new("RGB", (10 * size, size))
        for index, view in enumerate(five(wide, size) + five(ImageOps.mirror(wide), size)):
            sheet.paste(view, (index * size, 0))
        sheet.save(CROPS / f"{width}x{height}-ten-{size}.png")


if __name__ == "__main__":
    CROPS.mkdir(exist_ok=True)
    jpegs()
    crops()
