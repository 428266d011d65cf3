#include "service/protocol/api.h"

const struct api_service *api_find_service(str version)
{
    for (size_t i = 0; i < api_service_count; i++) {
        if (str_eq(api_services[i]->version, version)) {
            return api_services[i];
        }
    }
    return NULL;
}

static int compare(str a, str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

const struct api_operation *api_find(str version, str action)
{
    const struct api_service *service = api_find_service(version);
    size_t low = 0, high = service == NULL ? 0 : service->operation_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct api_operation *operation = &service->operations[middle];
        int order = compare(action, operation->name);
        if (order == 0) {
            return operation;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const struct api_member *api_member_find(const struct api_shape *shape, str name)
{
    for (size_t i = 0; shape != NULL && i < shape->member_count; i++) {
        if (str_eq(shape->members[i].name, name)) {
            return &shape->members[i];
        }
    }
    return NULL;
}
