// SPDX-License-Identifier: Apache-2.0
// The command lines of the tools: options with a value, options without.

/*
 * Put what the arguments say into `found`, which has the values of what is not
 * said.  values and flags map an option to its key: { '--only': 'only' }.
 * --help prints the usage and ends with 0; what is no option ends with 2.
 */
export function parseArgs(args, found, { usage, values = {}, flags = {} }) {
	for (let i = 0; i < args.length; i++) {
		const word = args[i];
		if (flags[word])
			found[flags[word]] = true;
		else if (values[word] && i + 1 < args.length)
			found[values[word]] = args[++i];
		else {
			(word === '--help' ? process.stdout : process.stderr).write(usage);
			process.exit(word === '--help' ? 0 : 2);
		}
	}
	return found;
}
