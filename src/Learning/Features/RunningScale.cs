using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Features;

/// <summary>One running root mean square over all features: zero stays zero, so that sparse inputs stay sparse.</summary>
/// <remarks>Reserves: mean square and count in Read (predict needs them).</remarks>
/// <param name="layout">Layout of the program.</param>
public sealed class RunningScale(LayoutBuilder layout)
{
    /// <summary>Scaled numbers are limited to this magnitude.</summary>
    public const float LargestNumber = 32f;

    private const float Memory = 20_000f;
    private const int Square = 0;
    private const int Count = 1;
    private readonly Slot _moments = layout.Vector(Region.Read, "input.scale", 2);

    /// <summary>What numbers are to be multiplied with: 1 over the root mean square, or 1 until something was seen.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The factor.</returns>
    public float Factor(in StepContext step)
    {
        var square = step.View(_moments)[Square];
        return square > 0f ? 1f / MathF.Sqrt(square) : 1f;
    }

    /// <summary>Numbers · factor, limited to ±<see cref="LargestNumber"/>.</summary>
    /// <param name="numbers">The numbers in whole lines.</param>
    /// <param name="scaled">Overwritten; shape of the numbers.</param>
    /// <param name="step">The step.</param>
    public void Scale(ReadOnlySpan<float> numbers, Span<float> scaled, in StepContext step)
    {
        if (scaled.Length != numbers.Length)
        {
            Throw.Kernel_LengthsDiffer(nameof(Scale), numbers.Length, scaled.Length);
        }

        var factor = Vector512.Create(Factor(step));
        ref var x = ref MemoryMarshal.GetReference(numbers);
        ref var to = ref MemoryMarshal.GetReference(scaled);
        for (nuint i = 0; i < (nuint)numbers.Length; i += LayoutBuilder.Line)
        {
            var product = Vector512.LoadUnsafe(ref x, i) * factor;
            Vector512.Min(Vector512.Max(product, Vector512.Create(-LargestNumber)), Vector512.Create(LargestNumber)).StoreUnsafe(ref to, i);
        }
    }

    /// <summary>Takes an example in.</summary>
    /// <param name="meanSquare">Mean square of its features.</param>
    /// <param name="step">A learning step.</param>
    public void Add(float meanSquare, in StepContext step)
    {
        var moments = step.Write(_moments);
        moments[Count] = MathF.Min(moments[Count] + 1f, Memory);
        moments[Square] += (meanSquare - moments[Square]) / moments[Count];
    }
}
