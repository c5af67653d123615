using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>Each element of Δ is limited to [−limit, limit] (Pascanu, Mikolov and Bengio 2013, by element).</summary>
/// <param name="spec">The limit.</param>
public sealed class Clip(ClipSpec spec) : IUpdateTransform
{
    /// <inheritdoc/>
    public void Transform(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        ref var start = ref MemoryMarshal.GetReference(delta);
        var (low, high) = (Vector512.Create(-spec.Limit), Vector512.Create(spec.Limit));
        for (nuint j = 0; j < (nuint)delta.Length; j += 16)
        {
            Vector512.Min(Vector512.Max(Vector512.LoadUnsafe(ref start, j), low), high).StoreUnsafe(ref start, j);
        }
    }
}
