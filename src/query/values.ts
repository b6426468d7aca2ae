import {
  type DuckDBArrayType,
  type DuckDBArrayValue,
  type DuckDBListType,
  type DuckDBListValue,
  type DuckDBMapType,
  type DuckDBMapValue,
  type DuckDBStructType,
  type DuckDBStructValue,
  type DuckDBTimestampTZValue,
  type DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUnionType,
  type DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';

/** Milliseconds that a `Date` can hold. */
const MAX_DATE_MS = 8.64e15;

/** A value that is not null as text: scalars as they are, the rest as JSON. */
export function textOf(value: DuckDBValue, type: DuckDBType): string {
  switch (type.typeId) {
    case DuckDBTypeId.TIMESTAMP_TZ:
      return timestamp(value as DuckDBTimestampTZValue, 'Z');
    case DuckDBTypeId.TIMESTAMP:
      return timestamp(value as DuckDBTimestampValue, '');
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
    case DuckDBTypeId.STRUCT:
    case DuckDBTypeId.MAP:
      return jsonOf(value, type);
    case DuckDBTypeId.UNION:
      return inUnion(value as DuckDBUnionValue, type, textOf);
    default:
      return String(value);
  }
}

/** A value as JSON. Numbers keep all their digits, so they may have more than a double can hold. */
export function jsonOf(value: DuckDBValue, type: DuckDBType): string {
  if (value === null) return 'null';
  switch (type.typeId) {
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY: {
      const { items } = value as DuckDBListValue | DuckDBArrayValue;
      const { valueType } = type as DuckDBListType | DuckDBArrayType;
      return `[${items.map((item) => jsonOf(item, valueType)).join(',')}]`;
    }
    case DuckDBTypeId.STRUCT: {
      const { entries } = value as DuckDBStructValue;
      const { entryNames, entryTypes } = type as DuckDBStructType;
      return object(
        entryNames.map((name, index) => [
          name,
          jsonOf(entries[name] ?? null, entryTypes[index] as DuckDBType),
        ]),
      );
    }
    case DuckDBTypeId.MAP: {
      const { entries } = value as DuckDBMapValue;
      const { keyType, valueType } = type as DuckDBMapType;
      return object(
        entries.map((entry) => [textOf(entry.key, keyType), jsonOf(entry.value, valueType)]),
      );
    }
    case DuckDBTypeId.UNION:
      return inUnion(value as DuckDBUnionValue, type, jsonOf);
    default:
      return scalar(textOf(value, type), type);
  }
}

function scalar(text: string, type: DuckDBType): string {
  const isWritten = type.typeId === DuckDBTypeId.BOOLEAN || type.alias === 'JSON';
  // NaN and the infinities have no number in JSON.
  return isWritten || (isNumeric(type) && /\d/.test(text)) ? text : JSON.stringify(text);
}

const object = (entries: [string, string][]): string =>
  `{${entries.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;

function inUnion(
  { tag, value }: DuckDBUnionValue,
  type: DuckDBType,
  convert: (value: DuckDBValue, type: DuckDBType) => string,
): string {
  const { memberTags, memberTypes } = type as DuckDBUnionType;
  return convert(value, memberTypes[memberTags.indexOf(tag)] as DuckDBType);
}

/** ISO 8601, to the microsecond where there are any. */
function timestamp(value: { micros: bigint; toString(): string }, zone: string): string {
  const ms = Number(value.micros / 1000n);
  if (Math.abs(ms) > MAX_DATE_MS) return value.toString();
  const micros = Number(value.micros % 1000n);
  // Below a millisecond before 1970, the division has rounded up.
  const text = new Date(micros < 0 ? ms - 1 : ms).toISOString().slice(0, -1);
  const below = micros === 0 ? '' : String((micros + 1000) % 1000).padStart(3, '0');
  return `${text}${below}${zone}`;
}

const NUMERIC = new Set<DuckDBTypeId>([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.BIGNUM,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.DECIMAL,
]);

export const isNumeric = (type: DuckDBType): boolean => NUMERIC.has(type.typeId);
/** Text may be shown in part; a number or a time in part is another one. */
export const isText = (type: DuckDBType): boolean =>
  type.typeId === DuckDBTypeId.VARCHAR || type.typeId === DuckDBTypeId.BLOB;
