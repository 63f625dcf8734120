// Stacks to switch between. A switch by ucontext takes a system call; a block has
// thousands of them, so that x86-64 has its own.

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__) && !defined(EMU_UCONTEXT)

struct context {
	void *sp;
};

void emu_switch(struct context *from, const struct context *to);

// What a call has to keep is kept on the stack that is left.
__asm__(
	".text\n"
	".type emu_switch, @function\n"
	"emu_switch:\n"
	"	endbr64\n"
	"	pushq %rbp\n	pushq %rbx\n	pushq %r12\n	pushq %r13\n	pushq %r14\n	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq (%rsi), %rsp\n"
	"	popq %r15\n	popq %r14\n	popq %r13\n	popq %r12\n	popq %rbx\n	popq %rbp\n"
	"	ret\n"
	".size emu_switch, .-emu_switch\n");

// The first switch to c calls f, which never returns, on the stack [low, low+size).
static void context_make(struct context *c, char *low, size_t size, void (*f)(void)) {
	void **top = (void **)(low + size);
	top[-1] = NULL; // where f would return to
	top[-2] = (void *)f;
	for (int i = 3; i <= 8; i++) top[-i] = NULL;
	c->sp = top - 8;
}

#define context_switch emu_switch

#else

#include <ucontext.h>

struct context {
	ucontext_t u;
};

static void context_make(struct context *c, char *low, size_t size, void (*f)(void)) {
	getcontext(&c->u);
	c->u.uc_stack.ss_sp = low;
	c->u.uc_stack.ss_size = size;
	c->u.uc_link = NULL;
	makecontext(&c->u, f, 0);
}

static void context_switch(struct context *from, const struct context *to) { swapcontext(&from->u, &to->u); }

#endif
