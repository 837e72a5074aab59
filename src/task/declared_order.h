/* declared_order.h - symmetries of a user's own: the cells in another order, any number of times
 * over. */
#ifndef HR_DECLARED_ORDER_H
#define HR_DECLARED_ORDER_H

#include "task/declared_parts.h"

/* Adds one that is written "2-5 1": the cell that holds what cell 2 held, and so on; every cell
 * once. The message is without the key. */
hr_status hr_declared_add_order(hr_declared *d, int seq, const char *text);
void hr_declared_free_orders(hr_declared *d);

/* How often each is to be taken; and from which cell comes what cell i then holds. */
void hr_declared_draw_orders(const hr_declared *d, hr_rng rng, uint64_t times[HR_ORDERS_MAX]);
int hr_declared_ordered(const hr_declared *d, const uint64_t times[HR_ORDERS_MAX], int i);

#endif
