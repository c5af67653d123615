namespace LifelongApi.Contracts.Models;

/// <summary>The shape of an event's features and how they are made ready for the network.</summary>
public sealed record InputSpec
{
    /// <summary>Which of the input forms events carry.</summary>
    public required InputKind Kind { get; init; }

    /// <summary>Number of features of a <c>vector</c> or <c>sparse</c> input, 1 … 2^24. Not given for <c>image</c> and <c>named</c>.</summary>
    public int? Size { get; init; }

    /// <summary>Rows of an <c>image</c>, 1 … 4096. Pixels come as a vector in row-major order, channel last.</summary>
    public int? Height { get; init; }

    /// <summary>Columns of an <c>image</c>, 1 … 4096.</summary>
    public int? Width { get; init; }

    /// <summary>Channels of an <c>image</c>, 1 … 64. Default 1.</summary>
    public int? Channels { get; init; }

    /// <summary>For <c>named</c>: the feature table has 2^hashBits places, 4 … 24. Names claim a free place at first sight; when the table is full they share.</summary>
    public int? HashBits { get; init; }

    /// <summary>For <c>sparse</c> and <c>named</c>: the most features one event may carry, 1 … 65536. Default 4096 or the input's size, whichever is smaller.</summary>
    public int? MaxActive { get; init; }

    /// <summary>For <c>named</c>: a number with at most so many different values is also given as a category, 0 … 64. Default 0: never.</summary>
    public int? Categories { get; init; }

    /// <summary>How numbers are scaled online.</summary>
    public Standardisation? Standardise { get; init; }

    /// <summary>For <c>named</c>: earlier values as features, at most 64.</summary>
    public IReadOnlyList<LagSpec>? Lags { get; init; }

    /// <summary>For <c>named</c>: statistics of the last values as features, at most 64.</summary>
    public IReadOnlyList<WindowSpec>? Windows { get; init; }

    /// <summary>For <c>named</c>: ln(1 + seconds since the last event) as a feature, for the entity, the stream or both.</summary>
    public IReadOnlyList<HistoryScope>? Elapsed { get; init; }

    /// <summary>What becomes of events that are out of order. Default: the order of arrival is the order.</summary>
    public OrderSpec? Order { get; init; }

    /// <summary>Entities whose histories are kept, 1 … 65536; beyond it the least recently seen one is forgotten. Default 1024. Not given where the model has <c>entities</c>, whose capacity counts.</summary>
    public int? HistoryEntities { get; init; }
}

/// <summary>The forms in which features can be given.</summary>
public enum InputKind
{
    /// <summary>A dense array of numbers.</summary>
    Vector,

    /// <summary>A dense array of pixels with a declared height, width and channel count.</summary>
    Image,

    /// <summary>An object from feature index to number.</summary>
    Sparse,

    /// <summary>An object from feature name to number, string or boolean.</summary>
    Named,
}

/// <summary>Running standardisation of numeric inputs.</summary>
public enum Standardisation
{
    /// <summary>Numbers are used as they come.</summary>
    None,

    /// <summary>Each feature minus its running mean, over its running standard deviation.</summary>
    PerFeature,

    /// <summary>All features over one running root mean square. Zero stays zero, so sparse inputs stay sparse.</summary>
    Scale,
}
