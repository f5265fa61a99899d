/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_SEAM_WRAP_H
#define SIM_SEAM_WRAP_H

#include <jansson.h>
#include <sys/types.h>

#include "common/base/file.h"
#include "common/base/id.h"
#include "common/core/schema.h"
#include "common/store/spool.h"
#include "common/sys/crypto.h"
#include "common/sys/http_client.h"
#include "common/sys/log.h"
#include "common/sys/zip.h"

/*
 * seam_wrap -- the names that the linker gives: __wrap_f takes the place of f,
 * which stays reachable as __real_f.  Each has the prototype of what it
 * replaces.
 */
// NOLINTBEGIN(bugprone-reserved-identifier)
void __wrap_rng_fill(void *out, size_t len);
uint64_t __wrap_clock_unix_ms(void);
uint64_t __wrap_clock_mono_ms(void);
struct id __real_id_fresh(uint64_t unix_ms);
struct id __wrap_id_fresh(uint64_t unix_ms);
void __wrap_log_line(enum log_level level, const char *module, const char *what,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void __wrap_log_err(const char *module, const char *what, const struct err *e);
int __wrap_sqlite3_key(void *db, const void *key, int len);
enum err_code __real_zip_pack(int level, struct zip_dict *dict, const void *src,
    size_t len, struct buf *out, struct err *e);
enum err_code __wrap_zip_pack(int level, struct zip_dict *dict, const void *src,
    size_t len, struct buf *out, struct err *e);
size_t __real_json_dumpb(
    const json_t *json, char *out, size_t len, size_t flags);
size_t __wrap_json_dumpb(
    const json_t *json, char *out, size_t len, size_t flags);
enum err_code __real_schema_parse(
    const char *bytes, size_t len, struct schema **out, struct err *e);
enum err_code __wrap_schema_parse(
    const char *bytes, size_t len, struct schema **out, struct err *e);
void __real_schema_free(struct schema *s);
void __wrap_schema_free(struct schema *s);

struct sign_pub __wrap_sign_pub_of(const struct sign_key *key);
void __wrap_sign_make(const struct sign_key *key, const void *data, size_t len,
    struct sign_sig *sig_out);
bool __wrap_sign_check(const struct sign_pub *pub, const void *data, size_t len,
    const struct sign_sig *sig);
bool __wrap_sign_pub_is_sound(const struct sign_pub *pub);
struct signer *__wrap_signer_new(const struct sign_key *key);
void __wrap_signer_make(const struct signer *s, const void *data, size_t len,
    struct sign_sig *sig_out);
struct sign_pub __wrap_signer_pub(const struct signer *s);
void __wrap_signer_free(struct signer *s);
struct seal_pub __wrap_seal_pub_of(const struct seal_key *key);
enum err_code __wrap_seal_make(const struct seal_pub *pub,
    struct crypto_part info, struct crypto_part aad, struct crypto_part plain,
    struct buf *out, struct err *e);
enum err_code __wrap_seal_make_kept(const struct seal_pub *pub,
    const struct crypto_part parts[static 3], const struct secret_key *under,
    struct buf *out, struct seal_kept *kept_out, struct err *e);
enum err_code __wrap_seal_open_kept(const struct secret_key *under,
    const struct seal_kept *kept, struct crypto_part aad,
    struct crypto_part sealed, struct buf *out, struct err *e);
enum err_code __wrap_seal_open(const struct seal_key *key,
    struct crypto_part info, struct crypto_part aad, struct crypto_part sealed,
    struct buf *out, struct err *e);

bool __wrap_file_exists(const char *path);
enum err_code __wrap_file_load(
    const char *path, struct buf *out, struct err *e);
enum err_code __wrap_file_save(
    const char *path, const void *data, size_t len, struct err *e);
enum err_code __wrap_file_rename(
    const char *from, const char *to, struct err *e);
enum err_code __wrap_file_remove(const char *path, struct err *e);
enum err_code __wrap_file_sync_names(const char *path, struct err *e);
enum err_code __wrap_file_make_folder(const char *path, struct err *e);
enum err_code __wrap_setup_folder_remove(const char *path, struct err *e);
enum err_code __wrap_spool_append(struct spool *s, uint64_t number,
    const void *payload, size_t len, struct err *e);
enum err_code __wrap_spool_read(const struct spool *s, uint64_t after,
    bool synced, spool_each each, void *arg, struct err *e);
enum err_code __wrap_spool_last(struct spool *s, uint64_t *out, struct err *e);
enum err_code __wrap_spool_hold(struct spool *s, struct err *e);
void __wrap_spool_release(struct spool *s);
uint64_t __wrap_spool_held_last(const struct spool *s);
enum err_code __wrap_spool_drop(
    const struct spool *s, uint64_t upto, struct err *e);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_close(int fd);
int __wrap_close(int fd);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
ssize_t __wrap_copy_file_range(
    int in, void *at_in, int out, void *at_out, size_t len, unsigned flags);

enum err_code __wrap_http_client_new(const struct http_client_cfg *cfg,
    struct http_client **client_out, struct err *e);
void __wrap_http_client_free(struct http_client *c);
enum err_code __wrap_http_client_attach(
    struct http_client *c, struct loop *l, struct err *e);
enum err_code __wrap_http_client_start(struct http_client *c,
    const struct http_call *call, http_done_fn *done, void *done_arg,
    struct http_job **job_out, struct err *e);
void __wrap_http_client_cancel(struct http_job *job);
// NOLINTEND(bugprone-reserved-identifier)

#endif
