/*
 * model_onnx.c
 *		linlearn_model_onnx.
 */
#include "pg/base/version.h"

#include "formats/model_onnx.h"
#include "pg/base/runtime.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(linlearn_model_onnx);

/* linlearn_model_onnx(bytea) */
Datum
linlearn_model_onnx(PG_FUNCTION_ARGS)
{
	bytea *model_bytes = PG_GETARG_BYTEA_PP(0);
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	Failure failure;
	Model model;
	uint8_t *bytes;
	size_t size;
	Status status = model_decode((const uint8_t *) VARDATA_ANY(model_bytes),
								 VARSIZE_ANY_EXHDR(model_bytes), &runtime,
								 &model, &failure);

	CHECK_STATUS(status, failure);
	status = model_onnx_write(&model, &runtime, &bytes, &size, &failure);
	CHECK_STATUS(status, failure);
	if (size > MaxAllocSize - VARHDRSZ)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("the ONNX model takes %zu bytes", size)));
	PG_RETURN_BYTEA_P(cstring_to_text_with_len((char *) bytes, (int) size));
}
