// Comes with <cstdlib>, and is as absent as the rest of it.
#pragma once
