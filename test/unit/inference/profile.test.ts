import { expect, it } from 'vitest'
import { nodesByProvider } from '#edge/inference/profile.ts'

const event = (name: string, provider?: string, index = 0) => ({
  cat: 'Node',
  name,
  args: { node_index: `${index}`, ...(provider && { provider }) },
})

it('counts each node once, by the provider that executed it', () => {
  const profile = [
    { cat: 'Session', name: 'model_run' },
    event('/Gemm_fence_before', undefined),
    event('/Gemm_kernel_time', 'WebGpuExecutionProvider', 1),
    event('/Gemm_kernel_time', 'WebGpuExecutionProvider', 1),
    event('/Gemm_kernel_time', 'WebGpuExecutionProvider', 2),
    event('/Shape_kernel_time', 'CPUExecutionProvider', 3),
    event('/Odd_kernel_time', 'NewExecutionProvider', 4),
    { cat: 'Api', name: '/Gemm&Gemm', args: { shapes: '' } },
  ]
  expect(nodesByProvider(JSON.stringify(profile))).toEqual({ webgpu: 2, cpu: 1, NewExecutionProvider: 1 })
})

it('is empty where nothing was executed', () => {
  expect(nodesByProvider('[]')).toEqual({})
})
