// PostGraphile's schema of what a database exposes, and what a query of it says.
//
// usage: node postgraphile.js SCHEMAS EXTENSIONS [QUERY]   by libpq's variables
//
// Prints the schema's queries, one a line, and then the answer as JSON.
const { graphql } = require("graphql");
const { Pool } = require("pg");
const { createPostGraphileSchema, withPostGraphileContext } = require("postgraphile");

async function main([schemas, extensions, query]) {
  const pgPool = new Pool();
  try {
    const schema = await createPostGraphileSchema(pgPool, schemas.split(","), {
      includeExtensionResources: extensions === "with",
    });
    console.log(Object.keys(schema.getQueryType().getFields()).sort().join("\n"));
    if (query) {
      const answer = await withPostGraphileContext({ pgPool }, (context) =>
        graphql(schema, query, null, { ...context }));
      console.log(JSON.stringify(answer));
    }
  } finally {
    await pgPool.end();
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
