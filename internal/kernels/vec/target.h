// TARGET("…") lets the compiler use instructions in what follows, up to TARGET_END.
#define PRAGMA(x) _Pragma(#x)
#ifdef __clang__
#define TARGET(names) PRAGMA(clang attribute push(__attribute__((target(names))), apply_to = function))
#define TARGET_END PRAGMA(clang attribute pop)
#else
#define TARGET(names) PRAGMA(GCC push_options) PRAGMA(GCC target(names))
#define TARGET_END PRAGMA(GCC pop_options)
#endif
