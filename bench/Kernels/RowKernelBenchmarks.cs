using BenchmarkDotNet.Attributes;
using LifelongApi.Learning.Numerics;

namespace LifelongApi.Kernels;

/// <summary>The row kernels at the shapes of a 784-256-10 network and of a 2,001-feature least-squares readout.</summary>
[MemoryDiagnoser]
public class RowKernelBenchmarks
{
    private readonly float[] _weights = new float[785 * 256];
    private readonly float[] _drive = new float[256];
    private readonly float[] _values = new float[150];
    private readonly int[] _rows = [.. Enumerable.Range(0, 150).Select(row => row * 5)];
    private readonly float[] _covariance = new float[2001 * 2016];
    private readonly float[] _gain = new float[2016];

    /// <summary>Forward of one digit: 150 of 785 rows lit.</summary>
    /// <returns>A value that keeps the work alive.</returns>
    [Benchmark]
    public float AccumulateDigit()
    {
        RowKernels.AccumulateRows(_weights, 256, _rows, _values, _drive);
        return _drive[0];
    }

    /// <summary>The rank-one update of P with 2,001 features.</summary>
    /// <returns>A value that keeps the work alive.</returns>
    [Benchmark]
    public float UpdateCovariance()
    {
        RowKernels.AddSymmetricOuter(_covariance, 2001, 2016, _gain, -1f);
        return _covariance[0];
    }
}
