using BenchmarkDotNet.Attributes;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;

namespace LifelongApi.Kernels;

/// <summary>P of a least-squares readout: one product per event, one pass of updates every 16 events.</summary>
[MemoryDiagnoser]
public class SymmetricTilesBenchmarks
{
    private const int Waiting = 16;
    private float[] _tiles = [];
    private float[] _vectors = [];
    private float[] _dense = [];
    private float[] _sparse = [];
    private float[] _product = [];
    private float[] _eight = [];

    /// <summary>Features with the bias: of the table and of the image preset, and of a P beyond the caches.</summary>
    [Params(257, 2305, 10001)]
    public int Size { get; set; }

    /// <summary>Fills the operands.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        var stride = LayoutBuilder.Padded(Size);
        _tiles = new float[SymmetricTiles.LengthOf(Size)];
        _vectors = new float[Waiting * stride];
        (_dense, _sparse, _product) = (new float[stride], new float[stride], new float[stride]);
        _eight = new float[8 * stride];
        for (var i = 0; i < Size; i++)
        {
            _dense[i] = KeyedRandom.Normal(1, 1, (ulong)i, 0);

            for (var k = 0; k < Waiting; k++)
            {
                _vectors[(k * stride) + i] = _dense[i] * 1e-3f;
            }

            // Whole lines are silent where a patch feature sees background.
            _sparse[i] = i / 16 % 2 == 0 ? _dense[i] : 0f;
        }
    }

    /// <summary>P h, every feature active.</summary>
    [Benchmark]
    public void MultiplyDense() => SymmetricTiles.Multiply(_tiles, Size, _dense, _product);

    /// <summary>P h for eight events in one pass, every feature active.</summary>
    [Benchmark]
    public void MultiplyEight() => SymmetricTiles.Multiply(_tiles, Size, 8, _vectors.AsSpan(0, _eight.Length), _eight);

    /// <summary>P h, every second line of features silent.</summary>
    [Benchmark]
    public void MultiplyHalfSilent() => SymmetricTiles.Multiply(_tiles, Size, _sparse, _product);

    /// <summary>P + Σ s sᵀ over 16 vectors.</summary>
    [Benchmark]
    public void AddSixteenOuters() => SymmetricTiles.AddOuters(_tiles, Size, Waiting, _vectors, _vectors);
}
