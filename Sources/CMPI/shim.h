// What the package uses of MPI, as functions: MPI_COMM_WORLD and the types are casts of addresses in some libraries and numbers in
// others, which Swift cannot import from either.
#pragma once
#include <mpi.h>
#include <time.h>

// Starts MPI; 0 if threads other than the calling one may use it too, one at a time.
static inline int om_start(void) {
  int provided = 0;
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided) != MPI_SUCCESS) return 1;
  return provided < MPI_THREAD_SERIALIZED;
}

static inline void om_finish(void) { MPI_Finalize(); }

static inline void om_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

static inline int om_rank(void) {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

static inline int om_count(void) {
  int count = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &count);
  return count;
}

// Waits for requests. MPI's own waiting keeps a core busy, which the threads that compute need: after a first look this one sleeps
// between looks.
static inline int om_wait(int count, MPI_Request *requests) {
  for (int looks = 0;; looks++) {
    int done = 0;
    int result = MPI_Testall(count, requests, &done, MPI_STATUSES_IGNORE);
    if (result != MPI_SUCCESS || done) return result;
    if (looks > 64) nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
  }
}

// Sends bytes to a rank and takes bytes from it; at most 2^31 − 1 either way.
static inline int om_exchange(const void *sent, int sent_count, void *received, int received_count, int peer) {
  MPI_Request requests[2];
  MPI_Irecv(received, received_count, MPI_BYTE, peer, 0, MPI_COMM_WORLD, &requests[0]);
  MPI_Isend(sent, sent_count, MPI_BYTE, peer, 0, MPI_COMM_WORLD, &requests[1]);
  return om_wait(2, requests);
}

// Adds up the floats of all ranks in place, in the library's own sequence; at most 2^31 − 1.
static inline int om_sum(float *values, int count) {
  MPI_Request request;
  MPI_Iallreduce(MPI_IN_PLACE, values, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD, &request);
  return om_wait(1, &request);
}
