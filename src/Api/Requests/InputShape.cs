using LifelongApi.Contracts.Models;

namespace LifelongApi.Api.Requests;

/// <summary>What a model's events must look like, with every default filled in.</summary>
/// <param name="Kind">Form of the features.</param>
/// <param name="Size">Numbers of a vector or image, indices of a sparse input; 0 for named.</param>
/// <param name="MaxActive">Most features of a sparse or named event.</param>
/// <param name="Target">Class names or numbers.</param>
/// <param name="TargetSize">Numbers to predict; 0 for labels.</param>
/// <param name="LooksAtTime">Whether features depend on when the event happened.</param>
internal readonly record struct InputShape(InputKind Kind, int Size, int MaxActive, TargetKind Target, int TargetSize, bool LooksAtTime = false)
{
    private const int DefaultMaxActive = 4096;

    /// <summary>Whether the features are a dense run of numbers.</summary>
    public bool IsDense => Kind is InputKind.Vector or InputKind.Image;

    /// <summary>Reads the shape off an expanded spec.</summary>
    public static InputShape Of(ModelSpec spec)
    {
        var input = spec.Input;
        var size = input.Kind switch
        {
            InputKind.Image => (input.Height ?? 1) * (input.Width ?? 1) * (input.Channels ?? 1),
            InputKind.Named => 0,
            _ => input.Size ?? 0,
        };
        var maxActive = input.MaxActive ?? (input.Kind == InputKind.Sparse ? Math.Min(DefaultMaxActive, size) : DefaultMaxActive);
        return new InputShape(input.Kind, size, maxActive, spec.Target.Kind, spec.Target.Kind == TargetKind.Value ? spec.Target.Size ?? 1 : 0, input.Elapsed?.Count > 0 || input.Windows?.Any(window => window.Seconds is not null) == true);
    }
}
