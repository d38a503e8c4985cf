#pragma once
#include <stdlib.h>
#include <stdio.h>
#include <png.h>
