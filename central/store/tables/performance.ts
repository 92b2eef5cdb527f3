export interface PerformanceTables {
  metric_hours: {
    device_id: number
    model: string
    version: string
    digest: string
    hour: Date
    newest: Date
    windows: number
    readings: number
    alert: number
    normal: number
    abstain: number
    rejected: number
    by_rules: number
    marked: number
    alerts_raised: number
    answers: Record<string, number>
    /** How often each bin of core/statistics/log-histogram was met. */
    latency: Record<string, number>
  }
}
