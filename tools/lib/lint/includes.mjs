// SPDX-License-Identifier: Apache-2.0
// Who may include whom, as the architecture draws it.
import { dirname } from 'node:path';
import { matches } from './tree.mjs';

const C_FILES = /^(common|client|daemon|schema)\/.*\.[ch]$/;

/* Folder -> folders of ours that it may include; the longest match counts. */
const MAY_INCLUDE = {
	'common/base/': ['common/base/'],
	'common/sys/': ['common/base/', 'common/sys/'],
	'common/core/': ['common/base/', 'common/sys/', 'common/core/', 'schema/'],
	'common/web/': ['common/base/', 'common/sys/', 'common/core/',
		'common/web/', 'schema/'],
	'common/store/': ['common/base/', 'common/sys/', 'common/core/',
		'common/store/', 'schema/'],
	'client/': ['common/', 'client/', 'schema/'],
	'daemon/sync/': ['common/', 'daemon/sync/', 'schema/'],
	'daemon/central/': ['common/', 'daemon/central/', 'schema/'],
	'schema/': ['common/base/', 'schema/'],
};

/* What the C library and the kernel bring. */
const LIBC = new RegExp('^(' + [
	'(sys|linux|netinet|arpa|net|asm)/[a-z0-9_/-]+',
	'assert|ctype|errno|float|inttypes|limits|locale|math|setjmp|signal',
	'stdarg|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings',
	'threads|time|wchar|wctype|stdalign|stdatomic|fenv|iso646|uchar',
	'dirent|endian|err|fcntl|fnmatch|ftw|getopt|glob|grp|ifaddrs|langinfo',
	'libgen|malloc|netdb|poll|pthread|pwd|regex|sched|semaphore|shadow',
	'spawn|syslog|sysexits|termios|unistd|utime|byteswap|execinfo|features',
].join('|') + ')\\.h$');

/* Parts that must run from arguments alone: no file, socket, clock, chance. */
const PURE = /^common\/(core|web)\//;
const IMPURE_HEADER = new RegExp('^(' + [
	'sys/(socket|stat|time|random|un|wait|mman|file|epoll|uio)',
	'unistd|fcntl|dirent|poll|pthread|threads|signal|spawn|termios|netdb',
	'time|ifaddrs|syslog|ftw|glob|pwd|grp',
	'(netinet|arpa|net|linux)/.*',
].join('|') + ')\\.h$');
const IMPURE_OURS =
	/^common\/(base\/file|sys\/(db|tls|http|net|loop|channel|log|conf|proc|sandbox))/;
const IMPURE_CALL = new RegExp('\\b(' + [
	'clock_unix_ms|clock_mono_ms|clock_gettime|gettimeofday|time|localtime_r',
	'rng_fill|id_fresh|crypto_random|getrandom|arc4random',
	'fopen|freopen|open|openat|creat|read|write|printf|puts|perror',
	'getenv|setenv|socket|connect|fork|signal',
].join('|') + ')\\s*\\(', 'g');

/* Pages must also run where there are no threads, processes or sockets. */
const PORTABLE = /^client\/(core|pages)\//;
const UNPORTABLE_HEADER =
	/^(pthread|threads|signal|spawn|poll|netdb|sys\/(socket|un|wait|epoll)|(netinet|arpa|net)\/.*)\.h$/;
const UNPORTABLE_OURS = /^common\/sys\/(http|tls|net|loop|channel)/;

function includes(tree, name) {
	return matches(tree.code(name), /^\s*#\s*include\s+(["<])([^">]+)[">]/g)
		.map(({ line, match }) => (
			{ where: `${name}:${line}`, ours: match[1] === '"', path: match[2] }));
}

function layerProblems(tree, name) {
	const folder = Object.keys(MAY_INCLUDE)
		.filter((prefix) => name.startsWith(prefix)).pop();
	if (!folder)
		return [`${name}: no rule says what this folder may include`];
	return includes(tree, name).filter(({ ours, path }) => ours &&
		!MAY_INCLUDE[folder].some((prefix) => path.startsWith(prefix)))
		.map(({ where, path }) => `${where}: ${folder} may not include "${path}"`);
}

function outsideProblems(tree, name) {
	if (name.startsWith('common/sys/'))
		return [];
	const standsOnCore = !name.startsWith('common/base/');
	return includes(tree, name).filter(({ ours, path }) => !ours &&
		!LIBC.test(path) && !(standsOnCore && path === 'jansson.h'))
		.map(({ where, path }) =>
			`${where}: <${path}> may be included in common/sys only`);
}

function pureProblems(tree, name) {
	if (!PURE.test(name))
		return [];
	const headers = includes(tree, name).filter(({ ours, path }) =>
		(ours ? IMPURE_OURS : IMPURE_HEADER).test(path))
		.map(({ where, path }) => `${where}: ${path} is not for pure code`);
	const calls = matches(tree.code(name), IMPURE_CALL)
		.map(({ line, match }) =>
			`${name}:${line}: ${match[1]}() is not for pure code`);
	return [...headers, ...calls];
}

/* x_int.h is shared by the files of one folder, and by nobody else. */
function privateProblems(tree, name) {
	return includes(tree, name).filter(({ ours, path }) =>
		ours && path.endsWith('_int.h') && dirname(path) !== dirname(name))
		.map(({ where, path }) => `${where}: "${path}" is private to its folder`);
}

function portableProblems(tree, name) {
	if (!PORTABLE.test(name))
		return [];
	return includes(tree, name).filter(({ ours, path }) =>
		(ours ? UNPORTABLE_OURS : UNPORTABLE_HEADER).test(path))
		.map(({ where, path }) =>
			`${where}: ${path} assumes threads, processes or sockets`);
}

const each = (problems) => (tree) =>
	tree.files(C_FILES).flatMap((name) => problems(tree, name));

export const checks = [
	{
		name: 'layers',
		title: 'every include goes down the layers',
		run: each(layerProblems),
		plants: [
			['common/base/a.c', '#include "common/sys/json.h"\n'],
			['common/sys/a.c', '#include "common/core/merge.h"\n'],
			['common/core/a.c', '#include "common/store/store.h"\n'],
			['common/core/a.c', '#include "common/web/html.h"\n'],
			['common/store/a.c', '#include "client/core/x.h"\n'],
			['client/a.c', '#include "daemon/sync/loop.h"\n'],
			['daemon/sync/a.c', '#include "daemon/central/engine/x.h"\n'],
			['daemon/central/a.c', '#include "daemon/sync/loop.h"\n'],
			['client/a.c', '#include "neighbour.h"\n'],
		],
	},
	{
		name: 'outside-headers',
		title: 'outside headers are included in common/sys only',
		run: each(outsideProblems),
		plants: [
			['common/base/a.c', '#include <jansson.h>\n'],
			['common/core/a.c', '#include <openssl/evp.h>\n'],
			['client/a.c', '# include <curl/curl.h>\n'],
		],
	},
	{
		name: 'pure-core',
		title: 'common/core and common/web take time and chance as arguments',
		run: each(pureProblems),
		plants: [
			['common/core/a.c', '#include <sys/socket.h>\n'],
			['common/core/a.h', '#include <unistd.h>\n'],
			['common/web/a.c', '#include <fcntl.h>\n'],
			['common/core/a.c', '#include "common/base/file.h"\n'],
			['common/core/a.c', '#include "common/sys/db.h"\n'],
			['common/core/a.c', 'int f(void) { return (int)clock_unix_ms(); }\n'],
			['common/core/a.c', 'void f(void) { rng_fill (0, 0); }\n'],
		],
	},
	{
		name: 'private-headers',
		title: 'an x_int.h is included in its own folder only',
		run: each(privateProblems),
		plants: [['common/store/a.c', '#include "common/sys/db_int.h"\n']],
	},
	{
		name: 'portable-pages',
		title: 'client/core and client/pages know no threads, processes or sockets',
		run: each(portableProblems),
		plants: [
			['client/pages/a.c', '#include <pthread.h>\n'],
			['client/core/a.c', '#include "common/sys/http_server.h"\n'],
		],
	},
];
