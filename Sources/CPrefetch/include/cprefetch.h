// Swift has no prefetch intrinsic; a static inline function is imported and inlined.
#ifndef PAGEWALK_CPREFETCH_H
#define PAGEWALK_CPREFETCH_H

/// Asks the processor to bring the cache line at `address` closer. Never faults, whatever the address.
static inline void pagewalk_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

#endif
