/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visitbook: the field client's command line.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/output.h"
#include "common/base/file.h"
#include "common/sys/json.h"
#include "schema/schema_bundle.h"

/* Words behind "help": `visitbook help note new`. */
#define HELP_WORDS_MAX 128

/* What is in memory here must not end in a file by accident. */
static void
keep_memory_private(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	json_wipe_freed();
}

/* Where a standard stream was closed, a file opened later would take its place
 * and get what is printed: fill it with something that takes nothing. */
static void
keep_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null",
			    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* The words of a command line's operands with spaces between. */
static void
join_operands(const struct args *a, char out[static HELP_WORDS_MAX])
{
	out[0] = '\0';
	for (size_t i = 0; i < a->operand_n; i++) {
		size_t at = strlen(out);

		(void)snprintf(out + at, HELP_WORDS_MAX - at, "%s%s",
		    i > 0 ? " " : "", a->operands[i]);
	}
}

/* The help of a program or one of its commands: text, or one JSON object. */
static int
print_help(struct client *c, const struct args_program *program,
    const struct args_command *command)
{
	json_t *whole = json_object();
	struct buf text;
	bool ok;

	buf_init(&text, 65536);
	args_usage(program, command, &text);
	if (c->json) {
		ok = json_put_take(whole, "command",
		         command != NULL ? json_string(command->words)
		                         : json_null(),
		         NULL) == ERR_OK &&
		    json_put_str(whole, "help", text.ptr, NULL) == ERR_OK &&
		    output_json(whole);
	} else {
		output("%s", text.ptr);
		ok = output_end();
	}
	buf_fini(&text);
	json_decref(whole);
	return ok ? STATUS_DONE : STATUS_FAILED;
}

/* `visitbook help`, `visitbook help note` and `visitbook help note new`. */
static int
help(const struct commands *all, struct client *c)
{
	char words[HELP_WORDS_MAX];
	struct args_program group;
	struct err e;
	bool is_group;
	int status;

	join_operands(c->args, words);
	if (*words == '\0')
		return print_help(c, &all->program, NULL);
	is_group = args_group(&all->program, words, &group) == &group;
	/* Of "concern" its own, and that there is "concern new" too. */
	for (size_t i = 0; i < all->program.command_n; i++)
		if (strcmp(all->table[i].words, words) == 0) {
			status = print_help(c, &all->program, &all->table[i]);
			return is_group && !c->json && status == STATUS_DONE
			    ? print_help(c, &group, NULL)
			    : status;
		}
	if (is_group)
		return print_help(c, &group, NULL);
	(void)err_set(
	    &e, ERR_INVALID, 0, "there is no command \"%.100s\"", words);
	client_next(c, "visitbook help lists them.");
	return (int)client_usage(c, &e);
}

/* A mistake may stand before --json, where reading ended; how it is told is
 * asked for all the same. */
static bool
wants_json(int argc, char *const argv[])
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

static int
run(const struct commands *all, struct client *c, int argc, char *const argv[])
{
	static struct args args;
	struct args_program group;
	const struct command_entry *entry;
	struct err e;
	enum err_code code;

	c->args = &args;
	code = args_parse(&all->program, argc, argv, &args, &e);
	c->json = wants_json(argc, argv);
	c->quiet = args_has(&args, "quiet");
	if (code != ERR_OK)
		return (int)client_usage(c, &e);
	if (args.help)
		return print_help(c,
		    args_group(&all->program, args.words, &group),
		    args.command);
	entry = &all->entries[args.command->id];
	if (entry->command.run == NULL)
		return help(all, c);
	if (entry->type != NULL)
		c->type = schema_type(c->built_in, entry->type);
	if (entry->guide != NULL)
		c->guide = schema_guide(c->built_in, entry->guide);
	if (entry->page != NULL)
		c->page = schema_page(c->built_in, entry->page);
	if (client_find_home(c, &e) != ERR_OK)
		return (int)client_usage(c, &e);
	return (int)client_run(c, &entry->command);
}

int
main(int argc, char *argv[])
{
	struct client c = { .status = STATUS_DONE };
	struct commands all = { 0 };
	struct err e;
	int status;

	keep_memory_private();
	keep_streams();
	(void)signal(SIGPIPE, SIG_IGN);
	file_limits_are_errors();
	if (schema_parse(schema_bundle_bytes, schema_bundle_len, &c.built_in,
	        &e) != ERR_OK ||
	    commands_make(c.built_in, &all, &e) != ERR_OK) {
		(void)fprintf(stderr, "visitbook: %s\n", e.msg);
		schema_free(c.built_in);
		return STATUS_FAILED;
	}
	c.schema = c.built_in;
	status = argc < 2 ? print_help(&c, &all.program, NULL)
	                  : run(&all, &c, argc, argv);
	commands_fini(&all);
	schema_free(c.built_in);
	return status;
}
