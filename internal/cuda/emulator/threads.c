//go:build linux

// The threads of a block: each runs until it waits for others, or ends, and then the next
// one goes on. A thread that never waits gives its stack to the next.

#define _GNU_SOURCE
#include "threads.h"
#include "context.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { MOST = 1024, STACK = 64 << 10, GUARD = 64 << 10, WARP = 32 };
enum { NEW, READY, AT_BLOCK, AT_WARP, ENDED };

struct thread {
	int state, stack;
	// where it waits
	int op, by, line;
	const char *file;
	unsigned mask;
	unsigned long long value, result;
};

struct emu_dim emu_thread, emu_block, emu_threads, emu_grid;

static const char *const names[] = {
	"__shfl_xor_sync", "__shfl_down_sync", "__shfl_up_sync", "__shfl_sync",
	"__ballot_sync", "__syncwarp", "__syncthreads", "__syncthreads_count",
};

static struct thread threads[MOST];
static int count, step, now, waiting, ended;

static struct context home, contexts[MOST];
static char *stacks;
static int made, spare[MOST], spares; // contexts that have a stack, and those without a thread

static const struct emu_kernel *kernel;
static const union emu_arg *arguments;
static char error[512];

// Memory of the blocks, see cuda.h. The linker knows where it is.
extern char __start_emu_shared[] __attribute__((weak, visibility("hidden")));
extern char __stop_emu_shared[] __attribute__((weak, visibility("hidden")));

// Leaves all threads where they are.
static void fail(const char *format, ...) {
	va_list list;
	int n = snprintf(error, sizeof error, "thread %d of block %u: ", now, emu_block.x);
	va_start(list, format);
	vsnprintf(error + n, sizeof error - n, format, list);
	va_end(list);
	made = spares = 0;
	struct context lost;
	context_switch(&lost, &home);
}

// Returns who is next, or -1.
static int next(void) {
	for (int i = 0, t = now; i < count; i++) {
		t += step;
		if (t < 0) t = count - 1;
		if (t == count) t = 0;
		if (threads[t].state <= READY) return t;
	}
	return -1;
}

static void body(void);

static int take_stack(void) {
	if (spares > 0) return spare[--spares];
	context_make(&contexts[made], stacks + (size_t)made * (STACK + GUARD) + GUARD, STACK, body);
	return made++;
}

static void set(int t) {
	now = t;
	emu_thread.x = t;
	if (threads[t].state == NEW) threads[t].state = READY;
}

// Goes on with thread t, from the stack given.
static void go_on(int from, int t) {
	if (threads[t].state == NEW) threads[t].stack = take_stack();
	set(t);
	context_switch(&contexts[from], &contexts[threads[t].stack]);
}

static void body(void) {
	for (;;) {
		kernel->call(arguments);
		struct thread *me = &threads[now];
		int stack = me->stack;
		me->state = ENDED;
		ended++;
		if (waiting > 0) fail("it ended while others wait at %s", names[EMU_SYNCTHREADS]);
		int t = next();
		if (t < 0 && ended < count) {
			for (t = 0; threads[t].state == ENDED;) t++;
			fail("it ended, and thread %d waits at %s forever (%s:%d)", t, names[threads[t].op], threads[t].file, threads[t].line);
		}
		if (t >= 0 && threads[t].state == NEW) {
			threads[t].stack = stack;
			set(t);
			continue;
		}
		spare[spares++] = stack;
		if (t < 0) {
			context_switch(&contexts[stack], &home);
		} else {
			go_on(stack, t);
		}
	}
}

// Lets others run until the thread is ready.
static void yield(struct thread *me) {
	if (me->state == READY) return;
	int t = next();
	if (t < 0) fail("it waits at %s forever (%s:%d)", names[me->op], me->file, me->line);
	go_on(me->stack, t);
}

static struct thread *arrive(int state, int op, int by, const char *file, int line) {
	struct thread *me = &threads[now];
	me->state = state, me->op = op, me->by = by, me->file = file, me->line = line;
	return me;
}

unsigned emu_wait_block(int op, int by, const char *file, int line) {
	struct thread *me = arrive(AT_BLOCK, op, by, file, line);
	if (ended > 0) fail("it waits at %s (%s:%d), and %d threads have ended", names[op], file, line, ended);
	if (++waiting == count) {
		unsigned sum = 0;
		for (int t = 0; t < count; t++) {
			struct thread *o = &threads[t];
			if (o->line != line || o->op != op || strcmp(o->file, file) != 0)
				fail("it waits at %s (%s:%d), and thread %d at %s (%s:%d)", names[op], file, line, t, names[o->op], o->file, o->line);
			sum += o->by != 0;
		}
		for (int t = 0; t < count; t++) threads[t].state = READY, threads[t].result = sum;
		waiting = 0;
	}
	yield(me);
	return (unsigned)me->result;
}

// Sets the results of the warp that begins with the thread given, all of whose lanes in
// mask have arrived.
static void finish(struct thread *warp, unsigned mask) {
	unsigned long long ballot = 0;
	for (int l = 0; l < WARP; l++)
		if (mask >> l & 1 && warp[l].by) ballot |= 1ull << l;
	for (int l = 0; l < WARP; l++) {
		if (!(mask >> l & 1)) continue;
		struct thread *o = &warp[l];
		int from = l;
		switch (o->op) {
		case EMU_XOR: from = l ^ o->by; break;
		case EMU_DOWN: from = l + o->by < WARP ? l + o->by : l; break;
		case EMU_UP: from = l - o->by >= 0 ? l - o->by : l; break;
		case EMU_INDEX: from = o->by & (WARP - 1); break;
		}
		if (from < 0 || from >= WARP || !(mask >> from & 1))
			fail("%s (%s:%d) with mask %08x: lane %d reads lane %d", names[o->op], o->file, o->line, mask, l, from);
		o->result = o->op == EMU_BALLOT ? ballot : warp[from].value;
	}
	for (int l = 0; l < WARP; l++)
		if (mask >> l & 1) warp[l].state = READY;
}

unsigned long long emu_wait_warp(int op, unsigned mask, unsigned long long value, int by, const char *file, int line) {
	struct thread *me = arrive(AT_WARP, op, by, file, line);
	struct thread *warp = &threads[now / WARP * WARP];
	me->mask = mask, me->value = value;
	if (!(mask >> now % WARP & 1)) fail("%s (%s:%d): the thread is not in its mask, %08x", names[op], file, line, mask);
	int arrived = 1;
	for (int l = 0; l < WARP; l++) {
		if (!(mask >> l & 1)) continue;
		struct thread *o = &warp[l];
		if (o - threads >= count || o->state == ENDED)
			fail("%s (%s:%d): mask %08x names lane %d, which %s", names[op], file, line, mask, l,
				o - threads >= count ? "is not there" : "has ended");
		if (o->state == AT_BLOCK || (o->state == AT_WARP && o->mask == mask && (o->op != op || o->line != line)))
			fail("it waits at %s (%s:%d), mask %08x, and lane %d at %s (%s:%d)", names[op], file, line, mask, l, names[o->op], o->file, o->line);
		if (o->state != AT_WARP || o->mask != mask) arrived = 0;
	}
	if (arrived) finish(warp, mask);
	yield(me);
	return me->result;
}

static void run_block(void) {
	memset(__start_emu_shared, 0xff, __stop_emu_shared - __start_emu_shared);
	for (int t = 0; t < count; t++) threads[t].state = NEW;
	waiting = ended = 0;
	set(step > 0 ? 0 : count - 1);
	threads[now].stack = take_stack();
	context_switch(&home, &contexts[threads[now].stack]);
}

const char *emu_run(const struct emu_kernel *k, unsigned grid, unsigned n, const union emu_arg *args, int order) {
	if (stacks == NULL) {
		stacks = mmap(NULL, (size_t)MOST * (STACK + GUARD), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (stacks == MAP_FAILED) return stacks = NULL, "no memory for stacks";
		for (int i = 0; i < MOST; i++)
			if (mprotect(stacks + (size_t)i * (STACK + GUARD) + GUARD, STACK, PROT_READ | PROT_WRITE) != 0) return "no memory for stacks";
	}
	kernel = k, arguments = args;
	count = n, step = order & 1 ? -1 : 1;
	emu_threads = (struct emu_dim){n, 1, 1}, emu_grid = (struct emu_dim){grid, 1, 1};
	error[0] = 0;
	for (unsigned b = 0; b < grid && !error[0]; b++) {
		emu_block.x = order & 2 ? grid - 1 - b : b;
		run_block();
	}
	return error[0] ? error : NULL;
}
