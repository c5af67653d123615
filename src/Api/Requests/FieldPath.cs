using System.Globalization;

namespace LifelongApi.Api.Requests;

/// <summary>Where in a request an event stands, so that errors name the field as the caller wrote it.</summary>
internal readonly struct FieldPath
{
    private readonly string? _list;
    private readonly int _index;
    private readonly bool _isFeatures;

    private FieldPath(string list, int index, bool isFeatures)
    {
        _list = list;
        _index = index;
        _isFeatures = isFeatures;
    }

    /// <summary>The event is the whole body or row.</summary>
    public static FieldPath Root => default;

    /// <summary>The event is an element of <c>events</c>.</summary>
    public static FieldPath Event(int index) => new("events", index, isFeatures: false);

    /// <summary>The features are an element of <c>rows</c>.</summary>
    public static FieldPath Row(int index) => new("rows", index, isFeatures: true);

    /// <summary>The event is an element of <c>rows</c>.</summary>
    public static FieldPath ProbeRow(int index) => new("rows", index, isFeatures: false);

    /// <summary>The class is an element of <c>labels</c>.</summary>
    public static FieldPath Label(int index) => new("labels", index, isFeatures: false);

    /// <summary>The answer is an element of <c>feedback</c>.</summary>
    public static FieldPath Feedback(int index) => new("feedback", index, isFeatures: false);

    /// <summary>The entity is an element of <c>entities</c>.</summary>
    public static FieldPath Entity(int index) => new("entities", index, isFeatures: false);

    /// <summary>Path of the features.</summary>
    public string Features => _list is null ? "features" : _isFeatures ? Element : $"{Element}.features";

    /// <summary>Path of the event itself.</summary>
    public string Self => _list is null ? "body" : Element;

    private string Element => string.Create(CultureInfo.InvariantCulture, $"{_list}[{_index}]");

    /// <summary>Path of a property of the event.</summary>
    public string Of(string property) => _list is null ? property : _list is "labels" or "entities" ? Element : $"{Element}.{property}";

    /// <summary>Path of an element of the features.</summary>
    public string Feature(int index) => string.Create(CultureInfo.InvariantCulture, $"{Features}[{index}]");

    /// <summary>Path of a named or indexed feature.</summary>
    public string Feature(string name) => $"{Features}.{name}";
}
