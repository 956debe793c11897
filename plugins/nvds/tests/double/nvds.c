// SPDX-License-Identifier: MIT OR Apache-2.0
/* A stand-in for libnvds_meta.so and libnvdsgst_meta.so, for tests: their names, layouts and rules, written from the
 * tables. FRAME_SIZE, SENSOR (0: there is none), OBJECT_SIZE and OBJECT_{MASK,TEXT,CLASSIFIERS,USERS} choose the family.
 * What is no difference between families is a plain offset. A copy loses what NVIDIA's loses. */
#include <gst/gst.h>
#include <string.h>

#define AT(type, base, offset) (*(type *)((char *)(base) + (offset)))

enum { FRAMES = 48, OBJECTS = 56, CLASSIFIERS = 64, DISPLAYS = 72, USERS = 80, LABELS = 88 };

typedef gpointer (*Copy) (gpointer, gpointer);
typedef void (*Release) (gpointer, gpointer);
typedef struct { gint type; guint max, size, empty, full; GList *empties, *fulls; Copy copy; Release release; } Pool;
typedef struct { GstMeta meta; gpointer data, user; gint type; Copy copy; Release release, gst_copy, gst_release; } NvDsMeta;

void nvds_acquire_meta_lock (gpointer batch) { g_rec_mutex_lock (&AT (GRecMutex, batch, 112)); }
void nvds_release_meta_lock (gpointer batch) { g_rec_mutex_unlock (&AT (GRecMutex, batch, 112)); }

static gpointer acquire (gpointer batch, int pool_at, gint type)
{
  Pool *pool = AT (Pool *, batch, pool_at);
  gpointer element = g_malloc0 (pool->size);
  nvds_acquire_meta_lock (batch);
  AT (gpointer, element, 0) = batch;
  AT (gint, element, 8) = type;
  if (pool->full == pool->max) {
    /* NVIDIA's library falls over here. */
    g_assert (pool->max > 0);
    pool->max += MIN (128, 2 * pool->max);
  }
  pool->fulls = g_list_prepend (pool->fulls, element);
  pool->full++;
  nvds_release_meta_lock (batch);
  return element;
}

static Pool *new_pool (gint type, guint size, guint max)
{
  Pool *pool = g_new0 (Pool, 1);
  pool->type = type;
  pool->size = size;
  pool->max = max;
  return pool;
}

gint nvds_get_user_meta_type (gchar *name) { return 8193 + (gint) g_quark_from_static_string (name); }

gpointer nvds_create_batch_meta (guint n)
{
  gpointer batch = g_malloc0 (192);
  AT (gint, batch, 8) = 1;
  AT (Pool *, batch, FRAMES) = new_pool (2, FRAME_SIZE, n);
  AT (Pool *, batch, OBJECTS) = new_pool (3, OBJECT_SIZE, 8 * n);
  AT (Pool *, batch, CLASSIFIERS) = new_pool (5, 64, 8 * n);
  AT (Pool *, batch, DISPLAYS) = new_pool (4, DISPLAY_SIZE, 8);
  AT (Pool *, batch, USERS) = new_pool (7, 48, 8);
  AT (Pool *, batch, LABELS) = new_pool (6, 200, 8 * n);
  g_rec_mutex_init (&AT (GRecMutex, batch, 112));
  return batch;
}

static void drop_pool (Pool *pool)
{
  g_list_free_full (pool->fulls, g_free);
  g_free (pool);
}

static gchar **sensor_text (gpointer frame, int number) { return &AT (gchar *, frame, SENSOR + 8 + 8 * number); }

gboolean nvds_destroy_batch_meta (gpointer batch)
{
  for (GList *l = AT (Pool *, batch, FRAMES)->fulls; l; l = l->next) {
    g_list_free (AT (GList *, l->data, 104));
    g_list_free (AT (GList *, l->data, 112));
    g_list_free (AT (GList *, l->data, 120));
    for (int text = 0; SENSOR && text < 3; text++) g_free (*sensor_text (l->data, text));
  }
  for (GList *l = AT (Pool *, batch, OBJECTS)->fulls; l; l = l->next) {
    g_list_free (AT (GList *, l->data, OBJECT_CLASSIFIERS));
    g_list_free (AT (GList *, l->data, OBJECT_USERS));
    g_free (AT (gchar *, l->data, OBJECT_TEXT));
    if (AT (guint, l->data, OBJECT_MASK + 8)) g_free (AT (gpointer, l->data, OBJECT_MASK));
  }
  for (GList *l = AT (Pool *, batch, CLASSIFIERS)->fulls; l; l = l->next)
    g_list_free (AT (GList *, l->data, 48));
  for (GList *l = AT (Pool *, batch, LABELS)->fulls; l; l = l->next) g_free (AT (gchar *, l->data, 176));
  for (GList *l = AT (Pool *, batch, USERS)->fulls; l; l = l->next) {
    Release release = AT (Release, l->data, 32);
    if (release) release (l->data, NULL);
  }
  g_list_free (AT (GList *, batch, 96));
  g_list_free (AT (GList *, batch, 104));
  for (int pool = FRAMES; pool <= LABELS; pool += 8) drop_pool (AT (Pool *, batch, pool));
  g_rec_mutex_clear (&AT (GRecMutex, batch, 112));
  g_free (batch);
  return TRUE;
}

gpointer nvds_acquire_frame_meta_from_pool (gpointer b) { return acquire (b, FRAMES, 2); }
gpointer nvds_acquire_obj_meta_from_pool (gpointer b) { return acquire (b, OBJECTS, 3); }
gpointer nvds_acquire_classifier_meta_from_pool (gpointer b) { return acquire (b, CLASSIFIERS, 5); }
gpointer nvds_acquire_label_info_meta_from_pool (gpointer b) { return acquire (b, LABELS, 6); }
gpointer nvds_acquire_display_meta_from_pool (gpointer b) { return acquire (b, DISPLAYS, 4); }
gpointer nvds_acquire_user_meta_from_pool (gpointer b) { return acquire (b, USERS, 7); }

static void prepend (gpointer owner, int list, gpointer element)
{
  gpointer batch = AT (gpointer, element, 0);
  nvds_acquire_meta_lock (batch);
  AT (GList *, owner, list) = g_list_prepend (AT (GList *, owner, list), element);
  nvds_release_meta_lock (batch);
}

void nvds_add_frame_meta_to_batch (gpointer b, gpointer f)
{
  AT (GList *, b, 96) = g_list_append (AT (GList *, b, 96), f);
  AT (guint, b, 44)++;
}
void nvds_add_obj_meta_to_frame (gpointer f, gpointer o, gpointer parent)
{
  AT (gpointer, o, 40) = parent;
  prepend (f, 104, o);
  AT (guint, f, 96)++;
}
void nvds_add_classifier_meta_to_object (gpointer o, gpointer c) { prepend (o, OBJECT_CLASSIFIERS, c); }
void nvds_add_label_info_meta_to_classifier (gpointer c, gpointer l) { prepend (c, 48, l); AT (guint, c, 40)++; }
void nvds_add_display_meta_to_frame (gpointer f, gpointer d) { prepend (f, 112, d); }
void nvds_add_user_meta_to_batch (gpointer b, gpointer u) { AT (GList *, b, 104) = g_list_append (AT (GList *, b, 104), u); }
void nvds_add_user_meta_to_frame (gpointer f, gpointer u) { prepend (f, 120, u); }
void nvds_add_user_meta_to_obj (gpointer o, gpointer u) { prepend (o, OBJECT_USERS, u); }

typedef void (*Add) (gpointer owner, gpointer element);

static void copy_users (gpointer batch, GList *from, gpointer owner, Add add)
{
  for (; from; from = from->next) {
    Copy copy = AT (Copy, from->data, 24);
    if (!copy) continue;
    gpointer user = acquire (batch, USERS, 7);
    memcpy ((char *) user + 8, (char *) from->data + 8, 40);
    AT (gpointer, user, 40) = copy (from->data, NULL);
    add (owner, user);
  }
}

static void copy_classifiers (gpointer batch, GList *from, gpointer object)
{
  for (; from; from = from->next) {
    gpointer classifier = acquire (batch, CLASSIFIERS, 5);
    AT (gint, classifier, 44) = AT (gint, from->data, 44);
    for (GList *l = AT (GList *, from->data, 48); l; l = l->next) {
      gpointer label = acquire (batch, LABELS, 6);
      memcpy ((char *) label + 40, (char *) l->data + 40, 160);
      AT (gchar *, label, 176) = g_strdup (AT (gchar *, l->data, 176));
      nvds_add_label_info_meta_to_classifier (classifier, label);
    }
    nvds_add_classifier_meta_to_object (object, classifier);
  }
}

static void copy_objects (gpointer batch, gpointer from, gpointer frame)
{
  GHashTable *copies = g_hash_table_new (NULL, NULL);
  for (GList *l = AT (GList *, from, 104); l; l = l->next) {
    gpointer object = acquire (batch, OBJECTS, 3);
    memcpy ((char *) object + 40, (char *) l->data + 40, OBJECT_CLASSIFIERS - 40);
    AT (gchar *, object, OBJECT_TEXT) = g_strdup (AT (gchar *, l->data, OBJECT_TEXT));
    AT (guint, object, OBJECT_MASK + 8) = 0;
    copy_classifiers (batch, AT (GList *, l->data, OBJECT_CLASSIFIERS), object);
    copy_users (batch, AT (GList *, l->data, OBJECT_USERS), object, nvds_add_user_meta_to_obj);
    g_hash_table_insert (copies, l->data, object);
    /* A child stands before its parent in the list: the parent has no copy yet. */
    nvds_add_obj_meta_to_frame (frame, object, g_hash_table_lookup (copies, AT (gpointer, l->data, 40)));
  }
  g_hash_table_destroy (copies);
}

gpointer nvds_batch_meta_copy_func (gpointer data, gpointer unused)
{
  gpointer batch = nvds_create_batch_meta (AT (guint, data, 40));
  AT (guint, batch, 40) = AT (guint, data, 40);
  (void) unused;
  for (GList *l = AT (GList *, data, 96); l; l = l->next) {
    gpointer frame = acquire (batch, FRAMES, 2);
    memcpy ((char *) frame + 40, (char *) l->data + 40, 56);
    AT (gint, frame, 100) = AT (gint, l->data, 100);
    memcpy ((char *) frame + 128, (char *) l->data + 128, 32);
    if (SENSOR) AT (guint, frame, SENSOR) = AT (guint, l->data, SENSOR);
    for (int text = 0; SENSOR && text < 3; text++) *sensor_text (frame, text) = g_strdup (*sensor_text (l->data, text));
    copy_objects (batch, l->data, frame);
    for (GList *d = AT (GList *, l->data, 112); d; d = d->next) {
      gpointer display = acquire (batch, DISPLAYS, 4);
      memcpy ((char *) display + 40, (char *) d->data + 40, DISPLAY_SIZE - 40);
      nvds_add_display_meta_to_frame (frame, display);
    }
    copy_users (batch, AT (GList *, l->data, 120), frame, nvds_add_user_meta_to_frame);
    nvds_add_frame_meta_to_batch (batch, frame);
  }
  copy_users (batch, AT (GList *, data, 104), batch, nvds_add_user_meta_to_batch);
  return batch;
}

void nvds_batch_meta_release_func (gpointer data, gpointer unused) { (void) unused; nvds_destroy_batch_meta (data); }

const GstMetaInfo *nvds_meta_get_info (void);
NvDsMeta *gst_buffer_add_nvds_meta (GstBuffer *buffer, gpointer data, gpointer user, Copy copy, Release release)
{
  NvDsMeta *meta = (NvDsMeta *) gst_buffer_add_meta (buffer, nvds_meta_get_info (), NULL);
  meta->data = data;
  meta->user = user;
  meta->copy = copy;
  meta->release = release;
  return meta;
}

static gboolean init (GstMeta *meta, gpointer params, GstBuffer *buffer)
{
  (void) params; (void) buffer;
  memset ((char *) meta + sizeof (GstMeta), 0, sizeof (NvDsMeta) - sizeof (GstMeta));
  return TRUE;
}
static void clear (GstMeta *meta, GstBuffer *buffer)
{
  NvDsMeta *m = (NvDsMeta *) meta;
  (void) buffer;
  if (m->release) m->release (m->data, NULL);
}
static gboolean transform (GstBuffer *to, GstMeta *meta, GstBuffer *from, GQuark type, gpointer data)
{
  NvDsMeta *m = (NvDsMeta *) meta;
  (void) from; (void) data;
  if (GST_META_TRANSFORM_IS_COPY (type))
    gst_buffer_add_nvds_meta (to, m->copy (m->data, NULL), NULL, m->copy, m->release)->type = m->type;
  return TRUE;
}

GType nvds_meta_api_get_type (void)
{
  static gsize type;
  static const gchar *tags[] = { "nvdsmeta", NULL };
  if (g_once_init_enter (&type)) g_once_init_leave (&type, gst_meta_api_type_register ("NvDsMetaAPI", tags));
  return type;
}
const GstMetaInfo *nvds_meta_get_info (void)
{
  static gsize info;
  if (g_once_init_enter (&info))
    g_once_init_leave (&info, (gsize) gst_meta_register (nvds_meta_api_get_type (), "NvDsMeta", sizeof (NvDsMeta), init, clear, transform));
  return (const GstMetaInfo *) info;
}
gpointer gst_buffer_get_nvds_batch_meta (GstBuffer *buffer)
{
  NvDsMeta *meta = (NvDsMeta *) gst_buffer_get_meta (buffer, nvds_meta_api_get_type ());
  return meta && meta->type == 4097 ? meta->data : NULL;
}
