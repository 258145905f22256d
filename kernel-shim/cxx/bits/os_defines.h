// There is no operating system to define anything for.
#pragma once
