/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_SCHEMA_STYLE_H
#define SCHEMA_SCHEMA_STYLE_H

/*
 * schema_style -- the style of the page that schema-bundle makes of a bundle
 * (schema/style.css), ended with NUL.
 */
extern const char schema_style[];

#endif
