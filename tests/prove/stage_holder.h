/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_STAGE_HOLDER_H
#define PROVE_STAGE_HOLDER_H

#include "tests/prove/play.h"
#include "tests/prove/stage_device.h"
#include "tests/support/client_world.h"

/*
 * stage_holder -- commands of visitbook on a folder, and between them the
 * process that holds its key, which `unlock` starts: the calls of the commands
 * fail, or those of the holder.
 *
 * What can be seen of it: whether the notes are unlocked and what was written.
 * Where they are locked, the key must be in the memory of no process; and what
 * a command told (locked, saved) must be so.
 */
struct holder_stage {
	struct client_world w;
	struct kept_folder kept;
	bool is_kept;
	struct secret_key dbkey;
	enum play_fails fails;
	bool told_locked; /* by the last try */
	struct id saved;  /* as any try has told; zero: none */
};
extern struct holder_stage stage_holder;

/* Whose calls fail; nothing holds the key at the beginning. */
extern const struct torture_stage holder_command, holder_agent;
/* The notes are unlocked at the beginning. */
extern const struct torture_stage holder_command_open, holder_agent_open;

enum err_code holder_try_unlock(struct err *e);
enum err_code holder_try_save(struct err *e);
enum err_code holder_try_lock(struct err *e);

#endif
