// libstdc++'s configuration of the host, without the operating system behind it.
#pragma once

#include_next <bits/c++config.h>

#undef _GLIBCXX_HAS_GTHREADS
#undef _GLIBCXX_HAVE_LINUX_FUTEX
#undef _GLIBCXX_USE_WCHAR_T
#undef _GLIBCXX11_USE_C99_STDLIB
#undef _GLIBCXX11_USE_C99_STDIO
#undef _GLIBCXX98_USE_C99_STDLIB
#undef _GLIBCXX98_USE_C99_STDIO
