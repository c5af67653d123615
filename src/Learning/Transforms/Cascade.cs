using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// The chain of Benna and Fusi 2016 (discrete form of eq. 1–2): u₁ is the weight, u₁ ← u₁ + Δ + (α / n)(u₂ − u₁),
/// u_k ← u_k + α n^(2−2k) (u_{k−1} − u_k) + α n^(1−2k) (u_{k+1} − u_k), u_{m+1} = 0; all from the values before the event.
/// Memories pass to slower variables and back, so that they fade as a power of their age rather than exponentially.
/// Deviation: a row whose presynaptic unit is silent waits; with dense input this is the chain of the paper.
/// </summary>
/// <remarks>Reserves: u₂ … u_m [pre count × (m − 1), post units] in Plastic, the variables of one presynaptic unit next to each other. They begin at the initial weights.</remarks>
public sealed class Cascade : IUpdateTransform, IInitialise, IRenewSynapses
{
    private readonly CascadeSpec _spec;
    private readonly Projection _projection;
    private readonly int _hidden;
    private readonly Slot _chain;
    private readonly float[] _fromFaster;
    private readonly float[] _fromSlower;

    /// <summary>Reserves the chain.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="spec">m, α and n.</param>
    public Cascade(LayoutBuilder layout, string owner, Projection projection, CascadeSpec spec)
    {
        _spec = spec;
        _projection = projection;
        _hidden = spec.Variables - 1;
        _chain = layout.Matrix(Region.Plastic, $"{owner}.cascade", projection.RowCount * _hidden, projection.ColumnCount);
        (_fromFaster, _fromSlower) = (new float[spec.Variables], new float[spec.Variables]);
        var coupling = spec.Rate;
        for (var k = 0; k < spec.Variables; k++)
        {
            _fromFaster[k] = coupling;
            _fromSlower[k] = coupling / spec.Ratio;
            coupling /= spec.Ratio * spec.Ratio;
        }
    }

    /// <inheritdoc/>
    public void Initialise(in StepContext step)
    {
        var chain = step.Write(_chain);
        for (var row = 0; row < _projection.RowCount * _hidden; row++)
        {
            _projection.Hidden(row / _hidden, step).CopyTo(chain[(row * _projection.Stride)..]);
        }
    }

    /// <inheritdoc/>
    public void Renew(in SynapseRange range, in StepContext step)
    {
        var chain = step.Write(_chain);
        var weights = step.View(_projection.Weights);
        var (first, last) = range.IsColumn ? (0, _projection.RowCount - 1) : (range.Unit, range.Unit);
        for (var row = first * _hidden; row < (last + 1) * _hidden; row++)
        {
            var (from, to) = (row / _hidden * _projection.Stride, row * _projection.Stride);
            if (range.IsColumn)
            {
                chain[to + range.Unit] = weights[from + range.Unit];
            }
            else
            {
                weights.Slice(from, _projection.Stride).CopyTo(chain[to..]);
            }
        }
    }

    /// <inheritdoc/>
    public void Transform(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        ref var chain = ref MemoryMarshal.GetReference(step.Write(_chain));
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            ref var weights = ref MemoryMarshal.GetReference(tile.View(_projection.Weights, k, step));
            ref var row = ref MemoryMarshal.GetReference(delta.Slice(k * tile.Width, tile.Width));
            var first = ((nuint)tile.Rows[k] * (nuint)_hidden * (nuint)_projection.Stride) + (nuint)tile.Window.Start;
            for (nuint j = 0; j < (nuint)tile.Width; j += 16)
            {
                var faster = Vector512<float>.Zero;
                var own = Vector512.LoadUnsafe(ref weights, j);
                for (var variable = 0; variable <= _hidden; variable++)
                {
                    var at = first + ((nuint)variable * (nuint)_projection.Stride) + j;
                    var slower = variable < _hidden ? Vector512.LoadUnsafe(ref chain, at) : Vector512<float>.Zero;
                    var flow = Vector512.Create(_fromSlower[variable]) * (slower - own);
                    if (variable == 0)
                    {
                        (Vector512.LoadUnsafe(ref row, j) + flow).StoreUnsafe(ref row, j);
                    }
                    else
                    {
                        flow = Vector512.FusedMultiplyAdd(Vector512.Create(_fromFaster[variable]), faster - own, flow);
                        (own + flow).StoreUnsafe(ref chain, at - (nuint)_projection.Stride);
                    }

                    (faster, own) = (own, slower);
                }
            }
        }
    }
}
