using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Populations;

/// <summary>
/// Random Fourier features, y = √(2 / D) · cos(drive), slope −√(2 / D) · sin(drive), D units (Rahimi and Recht 2007, algorithm 1). With frequencies drawn from a normal
/// distribution and uniform phases in the bias row, yᵀy′ approaches the Gaussian kernel of the two inputs.
/// </summary>
/// <param name="layout">Layout of the program.</param>
/// <param name="name">Name of the population.</param>
/// <param name="units">Units.</param>
/// <param name="hasBias">Whether a constant unit follows.</param>
public sealed class CosinePopulation(LayoutBuilder layout, string name, int units, bool hasBias)
    : Population(layout, name, units, hasBias, units, dense: true)
{
    /// <inheritdoc/>
    public override void Advance(in StepContext step)
    {
        var drive = step.View(Drive);
        ref var from = ref MemoryMarshal.GetReference(drive);
        ref var to = ref MemoryMarshal.GetReference(step.Write(Activity));
        ref var derivative = ref MemoryMarshal.GetReference(step.Write(Slope));
        var amplitude = Vector512.Create(MathF.Sqrt(2f / Units));
        for (nuint i = 0; i < (nuint)drive.Length; i += 16)
        {
            var (cosine, sine) = Elementary.CosineAndSine(Vector512.LoadUnsafe(ref from, i));
            (amplitude * cosine).StoreUnsafe(ref to, i);
            (-amplitude * sine).StoreUnsafe(ref derivative, i);
        }

        // The cosine of 0 is 1: padding must not keep it.
        step.Write(Activity)[Units..].Clear();
        step.Write(Slope)[Units..].Clear();
        ListActive(step);
    }
}
