/* What the parts of this kernel know of each other, as far as kalloc.c needs it. */
#ifndef DEFS_H
#define DEFS_H

#define PAGE_SIZE 4096u

struct spinlock {
  unsigned locked;
  const char *name;
};

/* spinlock.c */
void initlock(struct spinlock *lock, const char *name);
void acquire(struct spinlock *lock);
void release(struct spinlock *lock);

/* console.c, string.c */
void panic(const char *message);
void *memset(void *to, int byte, __SIZE_TYPE__ count);

/* kalloc.c */
void kinit(void *start, void *end);
void *kalloc(void);
void kfree(void *page);

#endif
