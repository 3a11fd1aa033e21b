/**
 * pain.001.001.09 (ISO 20022, CustomerCreditTransferInitiationV09): the transfers of a payout file, one payment information per currency and kind of
 * transfer. Pure: the same file is the same bytes. `NbOfTxs` and `CtrlSum` are what a bank compares.
 */
import { type Currency, decimalText, stepOf } from '../../kernel/money.ts';
import type { BankDetails } from '../../merchants/bank-details.ts';
import type { Debtor, PayoutFile, Transfer } from './payout-file.ts';

/** ExternalClearingSystemIdentification1Code by country: whose numbers of banks a `routing_number` is. */
const CLEARING: Readonly<Record<string, string>> = {
  US: 'USABA',
  GB: 'GBDSC',
  AU: 'AUBSB',
  CA: 'CACPA',
  CN: 'CNAPS',
  HK: 'HKNCC',
  IN: 'INFSC',
  JP: 'JPZGN',
  NZ: 'NZNCC',
  SG: 'SGIBG',
  ZA: 'ZANCC',
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const tag = (name: string, content: string, attributes = ''): string => `<${name}${attributes}>${content}</${name}>`;
const text = (name: string, value: string): string => tag(name, escaped(value));

/** An amount as a bank writes it: without decimals that the currency does not have. */
export function amountText(amount: bigint, currency: Currency): string {
  const whole = stepOf(currency) === 100n && amount % 100n === 0n;
  return whole ? String(amount / 100n) : decimalText(amount, currency);
}

/** The sum of decimals in whatever currencies, as `CtrlSum` has it. */
function controlSum(transfers: readonly Transfer[]): string {
  const digits = 3;
  const total = transfers.reduce((sum, { amount, currency }) => {
    const [whole = '0', fraction = ''] = amountText(amount, currency).split('.');
    return sum + BigInt(`${whole}${fraction.padEnd(digits, '0')}`);
  }, 0n);
  const all = total.toString().padStart(digits + 1, '0');
  return `${all.slice(0, -digits)}.${all.slice(-digits)}`.replace(/\.?0+$/, '');
}

/** A transfer in euros between two IBANs goes through SEPA. */
const isSepa = (debtor: Debtor, { currency, to }: Transfer): boolean =>
  currency === 'eur' && debtor.iban !== undefined && to.iban !== undefined;

const account = ({ iban, account_number: number }: Pick<BankDetails, 'iban' | 'account_number'>): string =>
  tag('Id', iban === undefined ? tag('Othr', text('Id', number ?? '')) : text('IBAN', iban));

/** The receiver's bank: by its BIC, or by its number in the clearing system of its country. */
function agent({ bic, routing_number: routing, country }: BankDetails): string {
  if (bic !== undefined) return tag('CdtrAgt', tag('FinInstnId', text('BICFI', bic)));
  if (routing === undefined) return '';
  const system = CLEARING[country];
  const id = system === undefined ? '' : tag('ClrSysId', text('Cd', system));
  return tag('CdtrAgt', tag('FinInstnId', tag('ClrSysMmbId', `${id}${text('MmbId', routing)}`)));
}

const transferOf = ({ reference, amount, currency, to, text: printed }: Transfer): string =>
  tag(
    'CdtTrfTxInf',
    [
      tag('PmtId', text('EndToEndId', reference)),
      tag('Amt', tag('InstdAmt', amountText(amount, currency), ` Ccy="${currency.toUpperCase()}"`)),
      agent(to),
      tag('Cdtr', text('Nm', to.holder)),
      tag('CdtrAcct', account(to)),
      tag('RmtInf', text('Ustrd', printed)),
    ].join(''),
  );

function paymentOf(file: PayoutFile, transfers: readonly Transfer[], number: number, sepa: boolean): string {
  const { id, debtor, createdMs } = file;
  return tag(
    'PmtInf',
    [
      text('PmtInfId', `${id}-${number}`),
      text('PmtMtd', 'TRF'),
      text('NbOfTxs', String(transfers.length)),
      text('CtrlSum', controlSum(transfers)),
      sepa ? tag('PmtTpInf', tag('SvcLvl', text('Cd', 'SEPA'))) : '',
      tag('ReqdExctnDt', text('Dt', new Date(createdMs).toISOString().slice(0, 10))),
      tag('Dbtr', text('Nm', debtor.name)),
      tag('DbtrAcct', account(debtor)),
      tag('DbtrAgt', tag('FinInstnId', text('BICFI', debtor.bic))),
      text('ChrgBr', sepa ? 'SLEV' : 'SHAR'),
      ...transfers.map(transferOf),
    ].join(''),
  );
}

/** The file as XML; `transfers` in their order. */
export function pain001(file: PayoutFile, transfers: readonly Transfer[]): string {
  const groups = new Map<string, Transfer[]>();
  for (const transfer of transfers) {
    const kind = `${transfer.currency}${isSepa(file.debtor, transfer) ? ' sepa' : ''}`;
    groups.set(kind, [...(groups.get(kind) ?? []), transfer]);
  }
  const payments = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, group], at) => paymentOf(file, group, at + 1, kind.endsWith(' sepa')));
  const header = tag(
    'GrpHdr',
    [
      text('MsgId', file.id),
      text('CreDtTm', new Date(file.createdMs).toISOString()),
      text('NbOfTxs', String(transfers.length)),
      text('CtrlSum', controlSum(transfers)),
      tag('InitgPty', text('Nm', file.debtor.name)),
    ].join(''),
  );
  const initiation = tag('CstmrCdtTrfInitn', `${header}${payments.join('')}`);
  const namespace = ' xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"';
  return `<?xml version="1.0" encoding="UTF-8"?>\n${tag('Document', initiation, namespace)}\n`;
}
