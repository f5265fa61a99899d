/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/engine_rooms.h"

void
solo_start(struct solo *s)
{
	world_start(&s->w);
	dev_start(&s->d, &s->w, world_user(&s->w, "Amina"), DEVICE_ACTIVE);
}

void
solo_end(struct solo *s)
{
	dev_end(&s->d);
	world_end(&s->w);
}

void
duo_start(struct duo *s)
{
	world_start(&s->w);
	dev_start(&s->a, &s->w, world_user(&s->w, "Amina"), DEVICE_ACTIVE);
	dev_start(&s->b, &s->w, world_user(&s->w, "Bryn"), DEVICE_ACTIVE);
}

void
duo_end(struct duo *s)
{
	dev_end(&s->a);
	dev_end(&s->b);
	world_end(&s->w);
}
