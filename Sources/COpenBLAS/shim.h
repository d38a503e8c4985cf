#pragma once
#include <cblas.h>

// Fortran LAPACK entry points that OpenBLAS exports (Debian's build has no LAPACKE).
// Column-major; every argument by pointer; call once with lwork = -1 for the workspace size.
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info);
void dgesdd_(const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s, double *u,
             const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork, int *iwork,
             int *info);
void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work,
             const int *lwork, int *info);

// Names the kernels that OpenBLAS chose for this CPU, such as "Haswell" or "Cooperlake".
char *openblas_get_corename(void);
