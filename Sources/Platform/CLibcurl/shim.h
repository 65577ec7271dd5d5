#pragma once
#include <curl/curl.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

// libcurl's setters and getters are variadic, which Swift cannot call. The names in parentheses pass by its macros.
static inline CURLcode tradewind_curl_set_long(CURL *handle, CURLoption option, long value) {
    return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode tradewind_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode tradewind_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode tradewind_curl_set_pointer(CURL *handle, CURLoption option, const void *value) {
    return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode tradewind_curl_set_data_callback(CURL *handle, CURLoption option, curl_write_callback value) {
    return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode tradewind_curl_set_opensocket(CURL *handle, curl_opensocket_callback value) {
    return (curl_easy_setopt)(handle, CURLOPT_OPENSOCKETFUNCTION, value);
}
static inline CURLcode tradewind_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return (curl_easy_getinfo)(handle, info, value);
}
static inline CURLcode tradewind_curl_get_size(CURL *handle, CURLINFO info, curl_off_t *value) {
    return (curl_easy_getinfo)(handle, info, value);
}
static inline CURLcode tradewind_curl_get_string(CURL *handle, CURLINFO info, char **value) {
    return (curl_easy_getinfo)(handle, info, value);
}
static inline CURLMcode tradewind_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return (curl_multi_setopt)(multi, option, value);
}
static inline CURLMcode tradewind_curl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
    return (curl_multi_setopt)(multi, option, value);
}
static inline CURLMcode tradewind_curl_multi_set_socket_callback(CURLM *multi, curl_socket_callback value) {
    return (curl_multi_setopt)(multi, CURLMOPT_SOCKETFUNCTION, value);
}
static inline CURLMcode tradewind_curl_multi_set_timer_callback(CURLM *multi, curl_multi_timer_callback value) {
    return (curl_multi_setopt)(multi, CURLMOPT_TIMERFUNCTION, value);
}

// epoll and eventfd in libcurl's words: CURL_POLL_* for what is waited for, CURL_CSELECT_* for what came.
static inline int tradewind_poller_open(void) { return epoll_create1(EPOLL_CLOEXEC); }
static inline int tradewind_wakeup_open(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
static inline void tradewind_wakeup_raise(int wakeup) {
    uint64_t one = 1;
    ssize_t written = write(wakeup, &one, sizeof one);
    (void)written;
}
static inline void tradewind_wakeup_clear(int wakeup) {
    uint64_t count;
    ssize_t got = read(wakeup, &count, sizeof count);
    (void)got;
}
static inline int tradewind_poller_watch(int poller, int socket, int what, int is_known) {
    struct epoll_event event = {0};
    event.data.fd = socket;
    if (what & CURL_POLL_IN) event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
    return epoll_ctl(poller, is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
}
static inline int tradewind_poller_forget(int poller, int socket) {
    struct epoll_event event = {0};
    return epoll_ctl(poller, EPOLL_CTL_DEL, socket, &event);
}
enum { POLLER_READY_MAX = 128 };
static inline int tradewind_poller_wait(int poller, int *sockets, int *bits, int timeout_millis) {
    struct epoll_event events[POLLER_READY_MAX];
    int count = epoll_wait(poller, events, POLLER_READY_MAX, timeout_millis);
    for (int index = 0; index < count; index++) {
        sockets[index] = events[index].data.fd;
        bits[index] = 0;
        if (events[index].events & (EPOLLIN | EPOLLHUP)) bits[index] |= CURL_CSELECT_IN;
        if (events[index].events & EPOLLOUT) bits[index] |= CURL_CSELECT_OUT;
        if (events[index].events & EPOLLERR) bits[index] |= CURL_CSELECT_ERR;
    }
    return count;
}
