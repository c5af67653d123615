using BenchmarkDotNet.Attributes;
using LifelongApi.Learning.Numerics;

namespace LifelongApi.Kernels;

/// <summary>The row kernels at the shapes of a 784-256-10 network.</summary>
[MemoryDiagnoser]
public class RowKernelBenchmarks
{
    private readonly float[] _weights = new float[785 * 256];
    private readonly float[] _drive = new float[256];
    private readonly float[] _values = new float[150];
    private readonly int[] _rows = [.. Enumerable.Range(0, 150).Select(row => row * 5)];

    /// <summary>Forward of one digit: 150 of 785 rows lit.</summary>
    /// <returns>A value that keeps the work alive.</returns>
    [Benchmark]
    public float AccumulateDigit()
    {
        RowKernels.AccumulateRows(_weights, 256, _rows, _values, _drive);
        return _drive[0];
    }
}
