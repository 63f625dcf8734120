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
	unsigned long long value, result;
};

// Lanes of a mask that wait for each other.
struct meeting {
	unsigned mask, arrived;
	int op, line;
};

struct warp {
	unsigned there, ended, at_block; // lanes
	struct meeting meetings[WARP + 1]; // those without arrived lanes come last
};

struct emu_dim emu_thread, emu_block, emu_threads, emu_grid;

static const char *const names[] = {
	"__shfl_xor_sync", "__shfl_down_sync", "__shfl_up_sync", "__shfl_sync",
	"__ballot_sync", "__syncwarp", "__syncthreads", "__syncthreads_count",
};

static struct thread threads[MOST];
static struct warp warps[MOST / WARP];
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

// Returns who of the threads [from, to) is next, or -1.
static int next_of(int from, int to) {
	for (int i = from, t = now; i < to; i++) {
		t += step;
		if (t < from) t = to - 1;
		if (t >= to) t = from;
		if (threads[t].state <= READY) return t;
	}
	return -1;
}

// Returns who is next: one of the same warp, so that warps are as far apart as they can be,
// or -1.
static int next(void) {
	int warp = now / WARP * WARP, t = next_of(warp, warp + WARP < count ? warp + WARP : count);
	return t >= 0 ? t : next_of(0, count);
}

static void body(void);

static int take_stack(void) {
	if (spares > 0) return spare[--spares];
	// Stacks that began at the same place of a page would drive each other from the cache.
	context_make(&contexts[made], stacks + (size_t)made * (STACK + GUARD) + GUARD, STACK - made % 64 * 192, body);
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
		warps[now / WARP].ended |= 1u << now % WARP;
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
	warps[now / WARP].at_block |= 1u << now % WARP;
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
		for (int w = 0; w < MOST / WARP; w++) warps[w].at_block = 0;
		waiting = 0;
	}
	yield(me);
	return (unsigned)me->result;
}

// Sets the results of the lanes of a warp that met.
static void finish(struct thread *warp, const struct meeting *m) {
	unsigned long long ballot = 0;
	if (m->op == EMU_BALLOT)
		for (unsigned rest = m->mask; rest != 0; rest &= rest - 1)
			if (warp[__builtin_ctz(rest)].by) ballot |= rest & -rest;
	for (unsigned rest = m->mask; rest != 0; rest &= rest - 1) {
		int l = __builtin_ctz(rest), from = l;
		struct thread *o = &warp[l];
		switch (m->op) {
		case EMU_XOR: from = l ^ o->by; break;
		case EMU_DOWN: from = l + o->by < WARP ? l + o->by : l; break;
		case EMU_UP: from = l - o->by >= 0 ? l - o->by : l; break;
		case EMU_INDEX: from = o->by & (WARP - 1); break;
		}
		if (from < 0 || from >= WARP || !(m->mask >> from & 1))
			fail("%s (%s:%d) with mask %08x: lane %d reads lane %d", names[m->op], o->file, o->line, m->mask, l, from);
		o->result = m->op == EMU_BALLOT ? ballot : warp[from].value;
		o->state = READY;
	}
}

// Returns where the lanes of mask meet.
static struct meeting *meet(struct warp *w, unsigned mask) {
	struct meeting *m = w->meetings;
	while (m->arrived != 0 && m->mask != mask) m++; // masks do not overlap, or nobody goes on
	return m;
}

// Fails for lanes that never come.
static void check_lanes(const struct warp *w, int op, unsigned mask, const char *file, int line) {
	if (!(mask >> now % WARP & 1)) fail("%s (%s:%d): the thread is not in its mask, %08x", names[op], file, line, mask);
	if (mask & ~w->there)
		fail("%s (%s:%d): mask %08x names lane %d, which is not there", names[op], file, line, mask, __builtin_ctz(mask & ~w->there));
	if (mask & w->ended)
		fail("%s (%s:%d): mask %08x names lane %d, which has ended", names[op], file, line, mask, __builtin_ctz(mask & w->ended));
	if (mask & w->at_block) {
		int l = __builtin_ctz(mask & w->at_block);
		const struct thread *o = &threads[now / WARP * WARP + l];
		fail("it waits at %s (%s:%d), mask %08x, and lane %d at %s (%s:%d)", names[op], file, line, mask, l, names[o->op], o->file, o->line);
	}
}

unsigned long long emu_wait_warp(int op, unsigned mask, unsigned long long value, int by, const char *file, int line) {
	struct thread *me = arrive(AT_WARP, op, by, file, line);
	struct warp *w = &warps[now / WARP];
	me->value = value;
	check_lanes(w, op, mask, file, line);
	struct meeting *m = meet(w, mask);
	if (m->arrived == 0) {
		m->mask = mask, m->op = op, m->line = line;
	} else if (m->op != op || m->line != line) {
		int l = __builtin_ctz(m->arrived);
		fail("it waits at %s (%s:%d), mask %08x, and lane %d at %s (line %d)", names[op], file, line, mask, l, names[m->op], m->line);
	}
	m->arrived |= 1u << now % WARP;
	if (m->arrived == mask) {
		finish(&threads[now / WARP * WARP], m);
		struct meeting *last = m;
		while (last + 1 < w->meetings + WARP && last[1].arrived != 0) last++;
		*m = *last;
		last->arrived = 0;
	}
	yield(me);
	return me->result;
}

static void run_block(void) {
	memset(__start_emu_shared, 0xff, __stop_emu_shared - __start_emu_shared);
	memset(warps, 0, sizeof warps);
	for (int t = 0; t < count; t++) {
		threads[t].state = NEW;
		warps[t / WARP].there |= 1u << t % WARP;
	}
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
