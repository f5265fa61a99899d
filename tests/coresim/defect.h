/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_DEFECT_H
#define CORESIM_DEFECT_H

#include <stdbool.h>

/*
 * defect -- the test of this program: with CORESIM_DEFECT=WORD in the
 * environment its own office has one defect, and a run is to find it.  (Defects
 * of the product's code are planted by tools/prove planted.)
 */
enum defect {
	DEFECT_NONE,
	DEFECT_FORGETS,    /* now and then a page lacks an entry */
	DEFECT_OVERWRITES, /* a change counts as one that had seen everything */
	DEFECT_KEEPS,      /* nobody is told to drop a record */
	DEFECT_LEAKS,      /* drafts go to all who have the case */
	DEFECT_REPEATS,    /* what came twice is received twice */
	DEFECT_MIXES,      /* a record is sent with the words of another */
	DEFECT_N
};
/* False: the word in the environment is none of them. */
bool defect_read(void);
bool has_defect(enum defect d);

#endif
