/* Forced into every source file by the build (-include): calls that have no safe use here. */
#ifndef MANTLE_BASE_BANNED_H
#define MANTLE_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison strcpy strcat sprintf vsprintf gets strtok atoi atol system setjmp longjmp

#endif
