//go:build linux

// The kernels, compiled as C, and the table by which they are called.

#include "cuda.h"

#include "../source/a_common.cu"
#include "../source/columns.cu"
#include "../source/dense.cu"
#include "../source/dots.cu"
#include "../source/encode.cu"
#include "../source/encode_batch.cu"
#include "../source/encode_rows.cu"
#include "../source/encode_subset.cu"
#include "../source/gate.cu"
#include "../source/gather.cu"
#include "../source/jump.cu"
#include "../source/penalty.cu"
#include "../source/rows.cu"
#include "../source/sums.cu"
#include "../source/vectors.cu"

#include "probes.h"

#include "each.h"
#include "table.h"

#define TYPE(n, T) _Generic((T){0}, int: 'i', float: 'f', double: 'd', default: 'p')
#define VALUE(n, T) _Generic((T){0}, int: a[n].i, float: a[n].f, double: a[n].d, default: a[n].p)

#define DEFINE(name, ...) \
	_Static_assert(__builtin_types_compatible_p(__typeof__(name), void(__VA_ARGS__)), #name " has other arguments than table.h says"); \
	static const char types_##name[] = {EMU_EACH(TYPE, __VA_ARGS__), 0}; \
	static void call_##name(const union emu_arg *a) { name(EMU_EACH(VALUE, __VA_ARGS__)); }
#define ROW(name, ...) {#name, types_##name, call_##name},

KERNELS(DEFINE)
PROBES(DEFINE)
static const struct emu_kernel table[] = {KERNELS(ROW) PROBES(ROW)};

const struct emu_kernel *emu_table(int *count) {
	*count = sizeof table / sizeof *table;
	return table;
}
