using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Populations;

/// <summary>y = drive, slope 1.</summary>
/// <param name="layout">Layout of the program.</param>
/// <param name="name">Name of the population.</param>
/// <param name="units">Units.</param>
/// <param name="hasBias">Whether a constant unit follows.</param>
public sealed class IdentityPopulation(LayoutBuilder layout, string name, int units, bool hasBias)
    : Population(layout, name, units, hasBias, units, dense: true)
{
    /// <inheritdoc/>
    public override void Advance(in StepContext step)
    {
        var drive = step.View(Drive);
        ref var from = ref MemoryMarshal.GetReference(drive);
        ref var to = ref MemoryMarshal.GetReference(step.Write(Activity));
        ref var slope = ref MemoryMarshal.GetReference(step.Write(Slope));
        for (nuint i = 0; i < (nuint)drive.Length; i += LayoutBuilder.Line)
        {
            var isUnit = Vector512.LessThan(Vector512<int>.Indices + Vector512.Create((int)i), Vector512.Create(Units)).AsSingle();
            Vector512.LoadUnsafe(ref from, i).StoreUnsafe(ref to, i);
            Vector512.ConditionalSelect(isUnit, Vector512<float>.One, Vector512<float>.Zero).StoreUnsafe(ref slope, i);
        }

        ListActive(step);
    }
}

/// <summary>y = max(0, drive), slope 1 where the drive is above 0 (Nair and Hinton 2010). Where gated, units of other contexts are silent with slope 0.</summary>
/// <param name="layout">Layout of the program.</param>
/// <param name="name">Name of the population.</param>
/// <param name="units">Units.</param>
/// <param name="hasBias">Whether a constant unit follows.</param>
public sealed class ReluPopulation(LayoutBuilder layout, string name, int units, bool hasBias)
    : Population(layout, name, units, hasBias, units, dense: true)
{
    /// <inheritdoc/>
    public override void Advance(in StepContext step)
    {
        var drive = step.View(Drive);
        var activity = step.Write(Activity);
        var slope = step.Write(Slope);
        ref var from = ref MemoryMarshal.GetReference(drive);
        ref var to = ref MemoryMarshal.GetReference(activity);
        ref var derivative = ref MemoryMarshal.GetReference(slope);
        var window = Window(step);
        if (Gate is not null)
        {
            activity.Clear();
            slope.Clear();
        }

        for (var i = (nuint)window.Start; i < (nuint)(window.Start + window.Width); i += 16)
        {
            // Not Max: a NaN must stay visible to the guard.
            var x = Vector512.LoadUnsafe(ref from, i);
            var silent = Vector512.LessThanOrEqual(x, Vector512<float>.Zero);
            Vector512.ConditionalSelect(silent, Vector512<float>.Zero, x).StoreUnsafe(ref to, i);
            Vector512.ConditionalSelect(silent, Vector512<float>.Zero, Vector512<float>.One).StoreUnsafe(ref derivative, i);
        }

        ListActive(step);
    }
}

/// <summary>y = tanh(drive), slope 1 − y².</summary>
/// <param name="layout">Layout of the program.</param>
/// <param name="name">Name of the population.</param>
/// <param name="units">Units.</param>
/// <param name="hasBias">Whether a constant unit follows.</param>
public sealed class TanhPopulation(LayoutBuilder layout, string name, int units, bool hasBias)
    : Population(layout, name, units, hasBias, units, dense: true)
{
    /// <inheritdoc/>
    public override void Advance(in StepContext step)
    {
        var drive = step.View(Drive);
        ref var from = ref MemoryMarshal.GetReference(drive);
        ref var to = ref MemoryMarshal.GetReference(step.Write(Activity));
        ref var derivative = ref MemoryMarshal.GetReference(step.Write(Slope));
        for (nuint i = 0; i < (nuint)drive.Length; i += 16)
        {
            var y = Elementary.Tanh(Vector512.LoadUnsafe(ref from, i));
            y.StoreUnsafe(ref to, i);
            Vector512.FusedMultiplyAdd(-y, y, Vector512<float>.One).StoreUnsafe(ref derivative, i);
        }

        // The slope at 0 is 1: padding must not keep it.
        step.Write(Slope)[Units..].Clear();
        ListActive(step);
    }
}
