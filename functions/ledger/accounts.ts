/** The chart of accounts (ledger terms; a merchant and mode is the entry's scope, so it is not in the path). Balance = debits − credits. */
export const accounts = {
  bank: 'assets:bank',
  channel: (channel: string) => `assets:channel:${channel}`,
  disputeReceivable: (channel: string) => `assets:dispute_recv:${channel}`,
  merchantReceivable: 'assets:merchant_recv',
  suspenseShort: (channel: string) => `assets:suspense_short:${channel}`,
  pending: 'liab:merchant:pending',
  available: 'liab:merchant:available',
  reserve: 'liab:merchant:reserve',
  disputeHold: 'liab:merchant:dispute_hold',
  refundClearing: (channel: string) => `liab:refund_clearing:${channel}`,
  payoutClearing: 'liab:payout_clearing',
  suspenseOver: (channel: string) => `liab:suspense_over:${channel}`,
  fees: 'income:fees',
  disputeFees: 'income:dispute_fees',
  channelCost: 'expense:channel_cost',
  disputeCost: 'expense:dispute_cost',
  rounding: 'expense:recon_rounding',
  /** What channels exchanged: per currency what went in less what came out. */
  exchange: 'fx:position',
  authHold: 'memo:auth_hold',
  authCommit: 'memo:auth_commit',
} as const;
