/*
 * s3.c
 *		Puts objects into an S3 store, in parts when large.
 *
 * Source: Amazon S3 API reference (PutObject, CreateMultipartUpload,
 * UploadPart, CompleteMultipartUpload, AbortMultipartUpload).
 */
#include "io/s3.h"

#include <stdio.h>
#include <string.h>

#include "io/s3_request.h"
#include "io/text.h"

/* Bytes of one <Part> of the list that ends an upload, entity tag included. */
#define S3_PART_ENTRY_SIZE (HTTP_ETAG_SIZE + 96)

/* How long a stopped upload may take to tell the store so, in ms. */
#define S3_ABORT_TIME 100

/* Room for an upload's identifier, percent-encoded. */
#define S3_UPLOAD_ID_SIZE 1024

/* Send bytes to the object; the answer's entity tag is kept. */
static Status
send_bytes(const Runtime *runtime, S3Object *object, const char *method,
		   const char *query, const uint8_t *bytes, size_t length,
		   HttpResponse *response, Failure *failure)
{
	S3Request request = {method, .query = query, .body = bytes,
						 .body_length = length};

	request.headers[0] = "Content-Type: application/octet-stream";
	return s3_call(runtime, object, &request, response, failure);
}

/* Begin an upload in parts; its identifier comes percent-encoded. */
static Status
begin_upload(const Runtime *runtime, S3Object *object,
			 char upload_id[S3_UPLOAD_ID_SIZE], Failure *failure)
{
	HttpResponse response;
	const char *text;
	size_t length;
	Status status =
		send_bytes(runtime, object, "POST", "uploads=", (const uint8_t *) "",
				   0, &response, failure);

	if (status != LL_OK)
		return status;
	length = s3_find_element(&response, "<UploadId>", &text);
	if (length > 0 && length * 3 < S3_UPLOAD_ID_SIZE)
		percent_encode(text, length, false, upload_id);
	runtime_release(runtime, response.body);
	if (length == 0 || length * 3 >= S3_UPLOAD_ID_SIZE)
		return fail(failure, LL_IO, "the store began no upload in parts");
	return LL_OK;
}

/* Send one part and add it to the list. */
static Status
send_part(const Runtime *runtime, S3Object *object, const char *upload_id,
		  int number, const uint8_t *bytes, size_t length, char *entry,
		  Failure *failure)
{
	char digits[16];
	HttpResponse response;
	char *query;
	Status status;

	snprintf(digits, sizeof(digits), "%d", number);
	query = TEXT_JOIN(runtime, "partNumber=", digits, "&uploadId=", upload_id);
	if (query == NULL)
		return fail_no_memory(failure);
	status = send_bytes(runtime, object, "PUT", query, bytes, length,
						&response, failure);
	runtime_release(runtime, query);
	if (status != LL_OK)
		return status;
	runtime_release(runtime, response.body);
	if (response.etag[0] == '\0' || strpbrk(response.etag, "<>&") != NULL)
		return fail(failure, LL_IO, "the store gave part %d no entity tag",
					number);
	snprintf(entry, S3_PART_ENTRY_SIZE,
			 "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", number,
			 response.etag);
	return LL_OK;
}

/* End an upload, with a method and, for success, the list of parts. */
static Status
end_upload(const Runtime *runtime, S3Object *object, const char *method,
		   const char *upload_id, const char *list, Failure *failure)
{
	char *query = TEXT_JOIN(runtime, "uploadId=", upload_id);
	S3Request request = {method, .query = query};
	HttpResponse response;
	Status status;

	if (query == NULL)
		return fail_no_memory(failure);
	if (list != NULL)
		status =
			send_bytes(runtime, object, method, query, (const uint8_t *) list,
					   strlen(list), &response, failure);
	else
	{
		request.deadline = S3_ABORT_TIME;
		status = s3_call(runtime, object, &request, &response, failure);
	}
	runtime_release(runtime, query);
	if (status == LL_OK)
		runtime_release(runtime, response.body);
	return status;
}

/* Send all parts; list gets what the store wants to hear at the end. */
static Status
send_parts(const Runtime *runtime, S3Object *object, const char *upload_id,
		   const uint8_t *bytes, size_t length, char *list, Failure *failure)
{
	char *entry = stpcpy(list, "<CompleteMultipartUpload>");
	int number = 0;

	for (size_t at = 0; at < length; at += S3_PART_SIZE)
	{
		size_t rest = length - at;
		Status status = send_part(
			runtime, object, upload_id, ++number, bytes + at,
			rest < S3_PART_SIZE ? rest : S3_PART_SIZE, entry, failure);

		if (status != LL_OK)
			return status;
		entry += strlen(entry);
	}
	strcpy(entry, "</CompleteMultipartUpload>");
	return LL_OK;
}

/* Put an object in parts; one that fails is taken back. */
static Status
put_parts(const Runtime *runtime, S3Object *object, const uint8_t *bytes,
		  size_t length, Failure *failure)
{
	size_t parts = (length + S3_PART_SIZE - 1) / S3_PART_SIZE;
	char *list = runtime_allocate_zero(runtime, parts + 1, S3_PART_ENTRY_SIZE);
	char upload_id[S3_UPLOAD_ID_SIZE];
	Status status;

	if (list == NULL)
		return fail_no_memory(failure);
	status = begin_upload(runtime, object, upload_id, failure);
	if (status != LL_OK)
		return status;
	status =
		send_parts(runtime, object, upload_id, bytes, length, list, failure);
	if (status == LL_OK)
		status = end_upload(runtime, object, "POST", upload_id, list, failure);
	if (status != LL_OK)
	{
		Runtime uninterrupted = *runtime;

		uninterrupted.interrupted = NULL;
		end_upload(&uninterrupted, object, "DELETE", upload_id, NULL, NULL);
	}
	runtime_release(runtime, list);
	return status;
}

Status
s3_put(const Runtime *runtime, S3Object *object, const uint8_t *bytes,
	   size_t length, Failure *failure)
{
	HttpResponse response;
	Status status;

	if (length > S3_MULTIPART_THRESHOLD)
		return put_parts(runtime, object, bytes, length, failure);
	status = send_bytes(runtime, object, "PUT", NULL, bytes, length, &response,
						failure);
	if (status == LL_OK)
		runtime_release(runtime, response.body);
	return status;
}
