/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_SCHEMA_SQL_H
#define SCHEMA_SCHEMA_SQL_H

/*
 * schema_sql -- the SQL scripts of schema/sql, each one step of a migration
 * and each documented in its file.  Texts end with NUL.
 */
extern const char schema_office_1[]; /* the office's store */
extern const char schema_office_2[];
extern const char schema_office_3[];
extern const char schema_office_4[];
extern const char schema_office_5[];
extern const char schema_office_6[];
extern const char schema_office_7[];
extern const char schema_office_8[];
extern const char schema_office_9[];
extern const char schema_device_1[]; /* a device's notes.db */
extern const char schema_device_2[];
extern const char schema_device_3[];
extern const char schema_device_4[];
extern const char schema_device_5[];
extern const char schema_device_6[];
extern const char schema_device_7[];
extern const char schema_device_8[];
extern const char schema_device_9[];
extern const char schema_device_10[];

#endif
