/** pain.001.001.09: valid against ISO 20022's schema for every kind of transfer, with the sums that a bank compares. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import type { BankDetails } from '../../../functions/merchants/bank-details.ts';
import { amountText, pain001 } from '../../../functions/settlement/files/pain001.ts';
import { payoutCsv } from '../../../functions/settlement/files/payout-csv.ts';
import type { PayoutFile, Transfer } from '../../../functions/settlement/files/payout-file.ts';

const schema = readFileSync('test/fixtures/pain.001.001.09.xsd', 'utf8');
const file: PayoutFile = {
  id: `pf_${'0'.repeat(22)}`,
  livemode: true,
  format: 'pain.001',
  debtor: { name: 'Platform & Sons', iban: 'DE89370400440532013000', bic: 'COBADEFF' },
  createdMs: Date.UTC(2027, 0, 18, 9),
};
const IBAN: BankDetails = {
  holder: 'Shop <1> "GmbH"',
  country: 'FR',
  iban: 'FR1420041010050500013M02606',
  bic: 'BNPAFRPP',
};
const US: BankDetails = {
  holder: 'Shop Inc',
  country: 'US',
  account_number: '000123456789',
  routing_number: '021000021',
};
const CN: BankDetails = { holder: '上海商店', country: 'CN', account_number: '6222020000000000000', bic: 'ICBKCNBJ' };
const XX: BankDetails = { holder: 'Shop', country: 'BR', account_number: '00012-3', routing_number: '001' };

let made = 0;
const transfer = (amount: bigint, code: string, to: BankDetails): Transfer => ({
  reference: `Scope001${String(++made).padStart(22, '0')}`,
  amount,
  currency: parseCurrency(code)!,
  to,
  text: 'SHOP PAYOUT',
});

async function problems(xml: string): Promise<readonly string[]> {
  const { errors } = await validateXML({ xml: [{ fileName: 'file.xml', contents: xml }], schema: [schema] });
  return errors.map(({ message }) => message);
}

describe('a file', () => {
  it.each<[string, readonly Transfer[]]>([
    ['one transfer in SEPA', [transfer(12_345n, 'eur', IBAN)]],
    ['a national account with a routing number', [transfer(100n, 'usd', US)]],
    ['a national account with a BIC', [transfer(100n, 'cny', CN)]],
    ['a country whose clearing system has no code', [transfer(100n, 'brl', XX)]],
    ['a receiver without a BIC', [transfer(100n, 'eur', { holder: 'A', country: 'FR', iban: IBAN.iban! })]],
    [
      'no decimals, three, and two that do not exist',
      [transfer(1_050n, 'jpy', CN), transfer(12_340n, 'kwd', XX), transfer(500n, 'isk', XX)],
    ],
    [
      'many currencies and receivers',
      [IBAN, US, CN, XX].flatMap((to) => ['eur', 'usd', 'cny'].map((code) => transfer(7n, code, to))),
    ],
  ])('is valid: %s', async (_what, transfers) => {
    expect(await problems(pain001(file, transfers))).toEqual([]);
  });

  it('is not valid with a member out of place: the schema is compared', async () => {
    const good = pain001(file, [transfer(100n, 'usd', US)]);
    expect(await problems(good.replace('<PmtMtd>TRF</PmtMtd>', ''))).not.toEqual([]);
    expect(await problems(good.replace('Ccy="USD"', 'Ccy="usd"'))).not.toEqual([]);
  });

  it('counts its transfers and sums them, in all and per payment', () => {
    const xml = pain001(file, [
      transfer(1_050n, 'jpy', CN),
      transfer(105n, 'usd', US),
      transfer(5n, 'usd', US),
      transfer(12_340n, 'kwd', XX),
    ]);

    const of = (name: string): readonly string[] =>
      [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text]) => text!);
    expect(of('NbOfTxs')).toEqual(['4', '1', '1', '2']);
    expect(of('CtrlSum')).toEqual(['1063.44', '1050', '12.34', '1.1']);
    expect(of('MsgId')).toEqual([file.id]);
    expect(of('PmtInfId')).toEqual([1, 2, 3].map((at) => `${file.id}-${at}`));
    expect([...of('PmtInfId'), ...of('MsgId'), ...of('EndToEndId')].every((id) => id.length <= 35)).toBe(true);
    expect(of('Dt')).toEqual(Array(3).fill('2027-01-18'));
  });

  it('pays euros between IBANs through SEPA, with shared charges, and nothing else', () => {
    const charge = (one: Transfer, of = file) => /<ChrgBr>(\w+)</.exec(pain001(of, [one]))![1];
    expect(charge(transfer(1n, 'eur', IBAN))).toBe('SLEV');
    expect(charge(transfer(1n, 'usd', IBAN))).toBe('SHAR');
    expect(charge(transfer(1n, 'eur', US))).toBe('SHAR');
    const { iban: _, ...debtor } = file.debtor;
    expect(charge(transfer(1n, 'eur', IBAN), { ...file, debtor: { ...debtor, account_number: '1' } })).toBe('SHAR');
  });
});

it.each([
  [1_050n, 'jpy', '1050'],
  [12_340n, 'kwd', '12.340'],
  [500n, 'isk', '5'],
  [100n, 'huf', '1.00'],
  [7n, 'usd', '0.07'],
])('%s %s is written as %s', (amount, code, written) => {
  expect(amountText(amount, parseCurrency(code)!)).toBe(written);
});

it('the CSV has the same amounts, and no cell that a spreadsheet takes for a formula', () => {
  const [header, row] = payoutCsv([
    { ...transfer(105n, 'usd', { ...US, holder: '=cmd()' }), reference: 'R', text: '+1' },
  ]).split('\n');
  expect(header).toBe('reference,amount,currency,holder,country,iban,account_number,routing_number,bic,bank_name,text');
  expect(row).toBe("R,1.05,USD,'=cmd(),US,,000123456789,021000021,,,'+1");
});
