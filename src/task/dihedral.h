/* dihedral.h - the eight rotations and mirrors of a grid, numbered as the published code has them:
 * 0 as it is, 1 turned a quarter counter-clockwise, 2 by a half, 3 by three quarters, 4 mirrored
 * left to right, 5 upside down, 6 transposed, 7 turned a quarter counter-clockwise, then mirrored
 * left to right. */
#ifndef HR_DIHEDRAL_H
#define HR_DIHEDRAL_H

#include <stdbool.h>

enum { HR_DIHEDRAL = 8 };

/* The code that undoes one. */
int hr_dihedral_inverse(int code);
/* Whether the image of rows x cols cells is cols x rows. */
bool hr_dihedral_transposes(int code);
/* Image cell (r, c) shows cell first + r * down + c * right (row by row) of rows x cols cells. */
typedef struct hr_dihedral_map {
    int first, down, right;
} hr_dihedral_map;
hr_dihedral_map hr_dihedral_map_of(int code, int rows, int cols);
/* The cell (row by row) of a grid of rows x cols that is seen at (r, c) of its image. */
int hr_dihedral_source(int code, int rows, int cols, int r, int c);

#endif
