// What kernels see of their thread, and what starts them.
#ifndef THREADS_H
#define THREADS_H

union emu_arg {
	void *p;
	int i;
	float f;
	double d;
};

// A kernel, as the table has it. types has a letter for each argument: p, i, f or d.
struct emu_kernel {
	const char *name, *types;
	void (*call)(const union emu_arg *);
};

const struct emu_kernel *emu_table(int *count);

struct emu_dim {
	unsigned x, y, z;
};

extern struct emu_dim emu_thread, emu_block, emu_threads, emu_grid;

enum { EMU_XOR, EMU_DOWN, EMU_UP, EMU_INDEX, EMU_BALLOT, EMU_SYNCWARP, EMU_SYNCTHREADS, EMU_COUNT };

// The two ways to wait for other threads. They return what op gives the thread; by is an
// operand of it, a distance, lane, or predicate.
unsigned emu_wait_block(int op, int by, const char *file, int line);
unsigned long long emu_wait_warp(int op, unsigned mask, unsigned long long value, int by, const char *file, int line);

// Runs a kernel. Bits of order say what is run from the last to the first: 1 the threads, 2
// the blocks. It returns NULL, or what the kernel did wrong, in memory that the next call
// overwrites.
const char *emu_run(const struct emu_kernel *k, unsigned grid, unsigned threads, const union emu_arg *args, int order);

#endif
