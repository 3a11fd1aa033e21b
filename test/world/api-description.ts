/** The OpenAPI document as tests read it: references of a request body are followed. */
import openApi from '../../functions/api/openapi.json' with { type: 'json' };

export interface Described {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: { readonly $ref: string } }>> };
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The schema of the parameters of a POST, or undefined where the operation takes none. */
export function bodySchemaOf({ requestBody }: Pick<Described, 'requestBody'>): Schema | undefined {
  const [content] = Object.values(requestBody?.content ?? {});
  const name = content?.schema.$ref.split('/').at(-1);
  return name === undefined ? undefined : (openApi.components.schemas as Readonly<Record<string, object>>)[name];
}
