/* dihedral.c - rotations and mirrors as maps of cells. */
#include "task/dihedral.h"

int hr_dihedral_inverse(int code) {
    return code == 1 ? 3 : code == 3 ? 1 : code;
}

bool hr_dihedral_transposes(int code) {
    return code == 1 || code == 3 || code == 6 || code == 7;
}

hr_dihedral_map hr_dihedral_map_of(int code, int rows, int cols) {
    const int last = rows * cols - 1, low = (rows - 1) * cols;
    const hr_dihedral_map maps[HR_DIHEDRAL] = {
        {0, cols, 1},         {cols - 1, -1, cols}, {last, -cols, -1}, {low, 1, -cols},
        {cols - 1, cols, -1}, {low, -cols, 1},      {0, 1, cols},      {last, -1, -cols}};
    return maps[code];
}

int hr_dihedral_source(int code, int rows, int cols, int r, int c) {
    hr_dihedral_map map = hr_dihedral_map_of(code, rows, cols);
    return map.first + r * map.down + c * map.right;
}
